// Shows videos and maps of others in place of their placeholder, in a frame that our own server fills: it looks at
// the choice once more, and its answer is the only place whose policy lets the other host in.

import { allows, chosen } from "./chosen.js";
import { decide } from "./choices.js";

const ALLOWED = "fullscreen; picture-in-picture; encrypted-media";
let frames = 0;

// Runs on every page with a placeholder where a choice is known, and again after each choice, with its event:
// then what is not allowed goes, even if it was shown once.
export function follow(event) {
  const choices = chosen();
  for (const box of document.querySelectorAll("[data-embed]")) {
    const isAllowed = allows(choices, box.dataset.category, box.dataset.vendor);
    if (!isAllowed && event) hide(box);
    if (isAllowed && !box.querySelector("iframe")) fill(box, event);
  }
}

function fill(box, event) {
  const form = box.querySelector("form");
  const height = form.offsetHeight;
  const frame = show(box);
  // Nobody asked just now, so nothing may move: the frame takes the placeholder's place as it is.
  if (!event) Object.assign(frame.style, { blockSize: `${height}px`, aspectRatio: "auto" });
  frame.src = `${form.action}?bare=1`;
}

export async function answer(form, button) {
  const box = form.closest("[data-embed]");
  if (button.value === "always") {
    await decide(form, button);
    follow(new Event("choice"));
  } else {
    once(form, show(box));
  }
  box.querySelector("iframe")?.focus({ preventScroll: true });
}

// The form itself fills the frame, so that nothing has to be kept anywhere for it.
function once(form, frame) {
  const fields = Object.entries({ show: "once", bare: "1" }).map(([name, value]) =>
    Object.assign(document.createElement("input"), { type: "hidden", name, value }),
  );
  form.target = frame.name;
  form.append(...fields);
  form.submit();
  fields.forEach((field) => field.remove());
  form.removeAttribute("target");
}

function show(box) {
  const form = box.querySelector("form");
  const frame = document.createElement("iframe");
  // A frame goes by the name it had when it came into the page.
  Object.assign(frame, { name: `embed-${frames++}`, title: form.dataset.title, allow: ALLOWED });
  form.hidden = true;
  form.before(frame);
  return frame;
}

function hide(box) {
  box.querySelector("iframe")?.remove();
  box.querySelector("form").hidden = false;
}
