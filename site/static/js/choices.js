// Posts a choice without leaving the page, says how it went, and takes the answered bar away.

export async function decide(form, button) {
  const fields = new URLSearchParams(new FormData(form, button));
  try {
    // The answer is a redirect, which need not be followed: that it came is enough. Whoever moves on at once has chosen, too.
    const answer = await fetch(form.action, { method: "POST", body: fields, redirect: "manual", keepalive: true });
    if (answer.type !== "opaqueredirect" && !answer.ok) throw new Error(answer.status);
  } catch {
    return postAnyway(form, button);
  }
  tell();
  // The preference centre shows what is in force, so it is asked for again.
  if (document.querySelector("form.choices")) return location.assign(form.action);
  const bar = document.querySelector("#site-choices");
  if (bar?.contains(document.activeElement)) document.querySelector("#content").focus({ preventScroll: true });
  bar?.remove();
  const line = document.querySelector("#announcement");
  line.textContent = button.dataset.said ?? line.dataset[fields.has("asked") ? "save" : button.dataset.choice];
  line.classList.remove("unseen");
  dispatchEvent(new Event("choice"));
}

// The other tabs of this browser hear that something was chosen, and look at it themselves.
export function tell() {
  const others = new BroadcastChannel("choice");
  others.postMessage("");
  others.close();
}

// The network failed us here; the browser's own way shows the reason to the person.
function postAnyway(form, button) {
  const field = document.createElement("input");
  Object.assign(field, { type: "hidden", name: button.name, value: button.value });
  form.append(field);
  form.submit();
}
