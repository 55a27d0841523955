// Deletes what is stored in this browser under declared names; `*` in a name stands for anything.

export function forget(entries) {
  for (const { name, kind } of entries) {
    const pattern = new RegExp(`^${name.split("*").map(escaped).join(".*")}$`);
    if (kind === "cookie") forgetCookies(pattern);
    else forgetStorage(kind === "local_storage" ? localStorage : sessionStorage, pattern);
  }
}

const escaped = (text) => text.replace(/[.+?^${}()|[\]\\]/g, "\\$&");

function forgetStorage(storage, pattern) {
  for (const key of Object.keys(storage)) if (pattern.test(key)) storage.removeItem(key);
}

// A cookie may have been set for the host or for any of its parents, and scripts cannot tell which.
function forgetCookies(pattern) {
  const labels = location.hostname.split(".");
  const domains = labels.slice(1).map((_, start) => `;domain=${labels.slice(start).join(".")}`);
  for (const pair of document.cookie.split("; ")) {
    const name = pair.split("=")[0];
    if (!pattern.test(name)) continue;
    for (const domain of ["", ...domains]) document.cookie = `${name}=;path=/;max-age=0${domain}`;
  }
}
