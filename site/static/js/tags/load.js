// Puts a script of another host into the page.

export function load(address, attributes = {}) {
  const script = document.createElement("script");
  script.src = address;
  script.async = true;
  for (const [name, value] of Object.entries(attributes)) script.setAttribute(name, value);
  document.head.append(script);
}
