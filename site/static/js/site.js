// The one script that every page loads. It notices what the page has; each behaviour is a module of its
// own, fetched when somebody uses it. Without any of them the forms post and the links lead on.

document.addEventListener("submit", (event) => {
  const button = event.submitter;
  if (!button?.matches("#site-choices [data-choice], [data-choice=withdraw], [data-embed] [data-choice]")) return;
  event.preventDefault();
  if (button.closest("[data-embed]")) import("./embeds.js").then(({ answer }) => answer(event.target, button));
  else import("./choices.js").then(({ decide }) => decide(event.target, button));
});

document.addEventListener("click", (event) => {
  const details = document.querySelector("#site-choices details");
  if (!details || !event.target.closest("[data-open=choices]")) return;
  event.preventDefault();
  details.open = true;
  details.querySelector("input").focus();
});

document.querySelector("form[data-typed], #typed")?.addEventListener("focusin", () => import("./tongue.js"), { once: true });

// A page that comes back, from memory or from the browser's store, may still show a bar that has been answered since.
async function settle() {
  const notice = document.querySelector("#site-choices [name=notice]");
  if (!notice) return;
  const { read } = await import("./chosen.js");
  if (read()?.version === notice.value) notice.closest("#site-choices")?.remove();
}
const isBack = performance.getEntriesByType("navigation")[0]?.type === "back_forward";
addEventListener("pageshow", (event) => (event.persisted || isBack) && settle());

// What was answered in another tab holds in this one: at once where that tab says so, else when this one is seen again.
if (document.querySelector("#site-choices, meta[name=tags], [data-embed]")) {
  const before = document.cookie;
  const again = async (event) => {
    await settle();
    follow(event);
  };
  let others;
  // A page whose channel is open is not kept in memory to come back to.
  addEventListener("pageshow", () => ((others = new BroadcastChannel("choice")).onmessage = again));
  addEventListener("pagehide", () => others?.close());
  document.addEventListener("visibilitychange", (event) => document.cookie === before || again(event));
}

// A bar for somebody who has chosen: something has changed since.
const bar = document.querySelector("#site-choices:has(form)");
if (bar && document.cookie.includes("choices=")) import("./narrow.js").then(({ narrow }) => narrow(bar));

if (document.querySelector("[name=shown]")) import("./boxes.js");
// The preference centre comes after each choice that was posted from it.
if (document.querySelector("form.choices")) import("./choices.js").then(({ tell }) => tell());

const passkeys = document.querySelectorAll("[data-passkey]");
if (passkeys.length) import("./passkeys.js").then(({ offer }) => passkeys.forEach(offer));

// What others have is followed at once, after each choice, and on a page from memory; also a choice that ended and
// left something behind. A browser that holds nothing asks for nothing.
async function follow(event) {
  if (!document.cookie && !holds()) return;
  if (document.querySelector("meta[name=tags]")) (await import("./tags.js")).follow();
  if (document.querySelector("[data-embed]")) (await import("./embeds.js")).follow(event);
}
follow();
addEventListener("choice", follow);
addEventListener("pageshow", (event) => event.persisted && follow(event));

function holds() {
  try {
    return localStorage.length + sessionStorage.length;
  } catch {
    return 0; // the browser keeps storage shut
  }
}

document.querySelector("#errors")?.focus();

// Safari forgets that a table is one once a style draws it as a list, as on a phone; what is said by roles it keeps.
const roles = { TABLE: "table", TBODY: "rowgroup", TR: "row", TH: "rowheader", TD: "cell" };
for (const part of document.querySelectorAll(".tall, .tall tbody, .tall tbody *"))
  if (roles[part.tagName]) part.setAttribute("role", roles[part.tagName]);

const count = ({ target }) => import("./count.js").then((counter) => counter.count(target));
document.querySelectorAll("[data-longest]").forEach((area) => area.addEventListener("focus", count, { once: true }));

const takers = document.querySelectorAll("[data-take]");
if (takers.length) import("./take.js").then(({ offer }) => takers.forEach(offer));

const frames = document.querySelectorAll("[data-fit]");
if (frames.length) import("./fit.js").then(({ fit }) => frames.forEach(fit));

const glance = document.querySelector("[data-preview]");
if (glance) import("./preview.js").then(({ follow }) => follow(glance));

const progress = document.querySelector("[data-live]");
if (progress) import("./live.js").then(({ follow }) => follow(progress));
