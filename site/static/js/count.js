// Says how many characters are left, once most are used; before that nobody needs to know.

export function count(area) {
  const { longest, left, over } = area.dataset;
  const line = Object.assign(document.createElement("p"), { className: "hint", id: `${area.id}-count` });
  line.setAttribute("role", "status");
  area.after(line);
  let waiting;
  // A character beyond the basic plane is one, as the site counts it; in a text far too long it does not matter.
  const remaining = () => {
    const text = area.value.trim();
    return longest - (text.length > 2 * longest ? text.length : [...text].length);
  };
  const say = () => {
    const room = remaining();
    const text = room < 0 ? over : room <= longest / 5 ? left : "";
    line.textContent = text.replace("{number}", Math.abs(room).toLocaleString(document.documentElement.lang));
    if (room >= 0) line.className = "hint";
  };
  // Whoever listens hears it after a pause, not after each letter.
  area.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(say, 500);
  });
  // What would be refused for its length need not leave, and so is not lost on the way. A button that takes the words
  // along to another look or language is let through.
  area.form?.addEventListener("submit", (event) => {
    if (event.submitter?.hasAttribute("formaction") || remaining() >= 0) return;
    event.preventDefault();
    say();
    line.className = "error";
    area.focus();
  });
  say();
}
