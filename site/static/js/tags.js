// Starts the scripts of others that this browser allows, and no others; each is a module of its own.
// A script that runs cannot be stopped, so a withdrawal also leaves the page it runs on.

import { allows, chosen } from "./chosen.js";
import { forget } from "./forget.js";

const { tags, stored, signals } = JSON.parse(document.querySelector("meta[name=tags]").content);
const running = new Set();
const line = document.querySelector("#announcement");

// What was said before the page was left for a withdrawal. It stands in the history of this tab, where no link can put it.
if (history.state?.said) {
  line.textContent = history.state.said;
  line.classList.remove("unseen");
  history.replaceState(null, "");
}

// Runs on every page where a choice is known, and again after each choice.
export async function follow() {
  const choices = chosen();
  const allowed = tags.filter((tag) => allows(choices, tag.category, tag.vendor));
  // The server deletes cookies with its answer; a script that still ran may have set them again since.
  await forget(stored.filter((entry) => !allows(choices, entry.category, entry.vendor)));
  if ([...running].some((tag) => !allowed.includes(tag))) return leave();
  const starting = allowed.filter((tag) => !running.has(tag));
  starting.forEach((tag) => running.add(tag));
  for (const [library, some] of group(starting)) {
    // Somebody's blocker may keep one of them away; the others start all the same.
    const started = await import(`./tags/${library}.js`).catch(() => null);
    started?.start(some, states(choices));
  }
}

function leave() {
  history.replaceState({ said: line.textContent }, "");
  location.reload();
}

// Google's name for each thing that may be stored or used, and whether it is allowed here.
function states(choices) {
  const granted = Object.entries(signals)
    .filter(([category]) => category === "necessary" || choices.categories.has(category))
    .flatMap(([, names]) => names);
  const all = Object.values(signals).flat();
  return Object.fromEntries(all.map((name) => [name, granted.includes(name) ? "granted" : "denied"]));
}

function group(tags) {
  const groups = new Map();
  for (const tag of tags) groups.set(tag.library, [...(groups.get(tag.library) ?? []), tag]);
  return groups;
}
