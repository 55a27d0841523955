// Shows the button of a passkey where the browser knows them, asks for one, and posts the form with the answer.

const knows = globalThis.PublicKeyCredential?.parseRequestOptionsFromJSON;

export function offer(part) {
  if (!knows) return;
  const form = part.closest("form");
  part.hidden = false;
  form.querySelector("[data-without-passkey]")?.remove();
  // Enter in the only field of a form without a submit button would post it without an answer.
  if (part.dataset.passkey === "registration") form.addEventListener("submit", (event) => wait(event, part, form));
  part.querySelector("button").addEventListener("click", () => ask(part, form));
}

function wait(event, part, form) {
  if (form.elements[part.dataset.field].value) return;
  event.preventDefault();
  ask(part, form);
}

async function ask(part, form) {
  const [button, error] = [part.querySelector("button"), part.querySelector(".error")];
  button.disabled = true;
  error.textContent = "";
  try {
    const options = await challenge(part.dataset.challenge, form.elements.csrf_token.value);
    const credential = await answer(part.dataset.passkey, options);
    form.elements[part.dataset.field].value = JSON.stringify(credential);
    form.submit();
  } catch (problem) {
    // The last proof has grown old, or the session has ended: the form itself asks for another, and keeps what was typed.
    if (problem.message === "403") return form.submit();
    error.textContent = part.dataset.failed;
    button.disabled = false;
  }
}

async function challenge(address, token) {
  const response = await fetch(address, { method: "POST", body: new URLSearchParams({ csrf_token: token }) });
  if (!response.ok || response.redirected) throw new Error(response.status);
  return response.json();
}

function answer(purpose, options) {
  return purpose === "registration"
    ? navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) })
    : navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) });
}
