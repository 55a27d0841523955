// Shows what is being written as its readers will see it, a moment after the last key. Without it a button does.

import { room } from "./count.js";

const PAUSE = 500;

export function follow(glance) {
  const form = document.getElementById(glance.dataset.preview);
  const frame = glance.querySelector("iframe");
  const status = glance.querySelector("[data-lost]");
  const quiet = status.textContent;
  const buttons = [...glance.querySelectorAll("[formtarget]")];
  let chosen = glance.querySelector("[data-first]") ?? buttons[0];
  let waiting;
  let asked;

  const tell = (words) => {
    if (status.textContent !== words) status.textContent = words;
  };

  // Only what the look is made of leaves, and nothing that is too long.
  const show = async () => {
    for (const button of buttons) button.setAttribute("aria-pressed", button === chosen);
    asked?.abort();
    asked = new AbortController();
    const { written } = chosen.dataset;
    const text = form.elements[`text_${written}`];
    if (room(text) < 0) return tell(status.dataset.over);
    const body = new FormData();
    for (const name of ["csrf_token", "topic", `subject_${written}`, text.name]) body.append(name, form.elements[name].value);
    try {
      const response = await fetch(chosen.formAction, { method: "POST", body, signal: asked.signal, redirect: "error" });
      if (!response.ok && response.status !== 422) throw new Error(response.status);
      draw(await response.text());
      tell(quiet);
    } catch (problem) {
      if (problem.name !== "AbortError") tell(status.dataset.lost);
    }
  };

  // The page's policy lets in style elements that carry its word; what was typed is escaped in them, and nothing runs.
  const draw = (markup) => {
    const top = frame.contentDocument?.scrollingElement?.scrollTop ?? 0;
    frame.addEventListener("load", () => frame.contentDocument?.scrollingElement?.scrollTo(0, top), { once: true });
    frame.srcdoc = markup.replaceAll("<style", `<style nonce="${frame.dataset.word}"`);
  };

  form.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(show, PAUSE);
  });
  for (const button of buttons) {
    button.addEventListener("click", (event) => {
      event.preventDefault();
      chosen = button;
      show();
    });
  }
  show();
}
