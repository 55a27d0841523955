// The other language takes along what was typed and not sent yet: the form is posted to the same page there, which
// shows it again and does nothing else. The button of that name in the header does so without scripts, once a form
// was posted.

const form = document.querySelector("form[data-typed], #typed");
const here = location.pathname;
// A page without a language in its address, behind a mailed link, has none to go along to.
const isOfThisPage =
  here.startsWith(`/${document.documentElement.lang}/`) &&
  new URL(form.getAttribute("action") ?? "", location).pathname === here;

const isTyped = (field) =>
  field.matches("select")
    ? field.selectedIndex !== Math.max(0, [...field.options].findIndex((option) => option.defaultSelected))
    : field.matches("textarea, input:not([type=hidden])") &&
      (field.value !== field.defaultValue || field.checked !== field.defaultChecked);

document.querySelector("a.tongue")?.addEventListener("click", (event) => {
  const isElsewhere = event.ctrlKey || event.metaKey || event.shiftKey;
  if (isElsewhere || !isOfThisPage || ![...form.elements].some(isTyped)) return;
  event.preventDefault();
  const button = document.createElement("button");
  Object.assign(button, { name: "switch", value: "1", formAction: event.currentTarget.href, hidden: true });
  form.append(button);
  form.requestSubmit(button);
  // Who comes back to this page posts it as ever.
  button.remove();
});
