// The one script every page loads. It only notices what the page has; each behaviour is a module
// fetched when somebody is about to use it, and the page works without any of them.

const load = {
  choices: () => import("./choices.js"),
};

document.addEventListener("submit", (event) => {
  const button = event.submitter;
  if (!button?.matches("[data-choice]") || !event.target.closest("#site-choices, [data-quiet-post]")) return;
  event.preventDefault();
  load.choices().then(
    ({ decide }) => decide(event.target, button),
    () => event.target.submit(),
  );
});

document.querySelector("#errors")?.focus();
