// What this browser chose, as its `choices` cookie says: `v=<notice>;c=<categories>;x=<refused vendors>`.

export function read() {
  const pair = document.cookie.split("; ").find((pair) => pair.startsWith("choices="));
  if (!pair) return null;
  // Anybody may have written anything into it: what is malformed is no choice.
  const text = attempt(() => decodeURIComponent(pair.slice("choices=".length))) ?? "";
  const found = text.match(/^v=([0-9a-f]{32});c=([a-z_,]*);x=([a-z0-9_,-]*)$/);
  if (!found) return null;
  const [, version, categories, refused] = found;
  return { version, categories: words(categories), refused: words(refused) };
}

// The same, unless the page asks: then the server knows of something that the choice leaves open.
export const chosen = () => (document.querySelector("#site-choices, [data-unanswered]") ? null : read());

export const allows = (choices, category, vendor) =>
  choices !== null && choices.categories.has(category) && !choices.refused.has(vendor);

const words = (text) => new Set(text.split(",").filter(Boolean));

function attempt(read) {
  try {
    return read();
  } catch {
    return undefined;
  }
}
