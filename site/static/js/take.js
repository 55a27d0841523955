// Takes what somebody selected in a text over into a field, a line for each passage.

export function offer(button) {
  const text = document.getElementById(button.dataset.from);
  const field = document.getElementById(button.dataset.take);
  let chosen = "";
  button.parentElement.hidden = false;
  // A press on the button may end the selection, so the last one that was made counts.
  const look = () => {
    const selection = getSelection();
    if (selection.isCollapsed || !text.contains(selection.anchorNode) || !text.contains(selection.focusNode)) return;
    chosen = selection.toString().replace(/\s+/g, " ").trim();
    button.disabled = !chosen;
  };
  document.addEventListener("selectionchange", look);
  look();
  button.addEventListener("click", () => {
    field.value = [...field.value.split("\n").filter(Boolean), chosen].join("\n");
    button.disabled = true;
    field.focus();
  });
}
