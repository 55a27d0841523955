// Asks somebody who answered an earlier version about no more than what has changed since.

import { read } from "./chosen.js";

const lang = document.documentElement.lang;

export async function narrow(bar) {
  const choices = read();
  if (!choices) return;
  // Nobody sees the whole question turn into a part of it.
  bar.style.visibility = "hidden";
  try {
    const answer = await fetch("/.well-known/choices.json", { signal: AbortSignal.timeout(3000) });
    const { notices, changes, narrowed } = await answer.json();
    const open = (changes[choices.version.slice(0, 12)] ?? []).filter((change) => isOpen(change, choices));
    // A copy from a cache may speak of another version than the one this answer is recorded under.
    const isOfBar = notices[lang] === bar.querySelector("[name=notice]").value;
    if (isOfBar && open.length) ask(bar, open, narrowed[lang]);
  } catch {
    // The whole question is asked, as without scripts.
  }
  bar.style.visibility = "";
}

// A refusal stands for whatever grows within what was refused.
function isOpen({ purpose, in_new_category }, { categories, refused }) {
  const [category, vendor] = purpose.split(":");
  return in_new_category || (categories.has(category) && !refused.has(vendor));
}

function ask(bar, open, words) {
  const [about, form] = bar.children;
  const list = make("ul");
  list.append(...open.map(({ says }) => make("li", { textContent: says[lang].join(" ") })));
  // New elements, because an old one that moved would be a shift of what somebody reads.
  about.replaceChildren(
    make("h2", { id: "site-choices-title", textContent: words.title }),
    make("p", { textContent: words.text }),
    list,
  );
  // What scrolls has to be reached by the keyboard.
  if (list.scrollHeight > list.clientHeight) list.tabIndex = 0;
  for (const name of ["accept", "reject"]) form.querySelector(`[data-choice=${name}]`).textContent = words[name];
  form.querySelectorAll(".box").forEach((box) => keep(box, open));
  if (form.querySelectorAll(".box").length === 1) form.querySelector("details").remove();
  const more = form.querySelector("a");
  more.replaceWith(more.cloneNode(true));
  form.append(...open.map(({ purpose }) => make("input", { type: "hidden", name: "asked", value: purpose })));
}

// A category that changed itself has its own box, which speaks for its recipients, too.
function keep(box, open) {
  const category = box.querySelector("input").value;
  if (open.some(({ purpose }) => purpose === category)) return;
  const vendors = open.filter(({ purpose }) => purpose.startsWith(`${category}:`));
  box.replaceWith(...vendors.map((change) => vendorBox(box.cloneNode(true), change)));
}

function vendorBox(box, { purpose, name, hint }) {
  const value = purpose.split(":")[1];
  const [input, label, line] = box.children;
  Object.assign(input, { name: "vendor", value, id: `bar-${value}` });
  input.setAttribute("aria-describedby", `bar-${value}-hint`);
  Object.assign(label, { htmlFor: input.id, textContent: name[lang] });
  Object.assign(line, { id: `bar-${value}-hint`, textContent: hint[lang] });
  return box;
}

const make = (tag, values) => Object.assign(document.createElement(tag), values);
