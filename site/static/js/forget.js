// Deletes what is stored in this browser under declared names; `*` in a name stands for anything.

const stores = {
  cookie: forgetCookies,
  local_storage: (pattern) => forgetKeys(localStorage, pattern),
  session_storage: (pattern) => forgetKeys(sessionStorage, pattern),
  indexed_db: forgetDatabases,
  cache_storage: forgetCaches,
  service_worker: forgetWorkers,
};

// What one kind of storage refuses, as a blocked one does, keeps none of the others.
export const forget = (entries) =>
  Promise.allSettled(entries.map(async ({ name, kind, path }) => stores[kind](patternOf(name), path, name)));

const patternOf = (name) => new RegExp(`^${name.split("*").map(escaped).join(".*")}$`);
const escaped = (text) => text.replace(/[.+?^${}()|[\]\\]/g, "\\$&");

function forgetKeys(storage, pattern) {
  for (const key of Object.keys(storage)) if (pattern.test(key)) storage.removeItem(key);
}

// A cookie may have been set for the host or for any of its parents, and scripts cannot tell which. One that is
// sent to a path of its own cannot be seen from elsewhere, so it is deleted unseen.
function forgetCookies(pattern, path, declared) {
  const labels = location.hostname.split(".");
  const domains = labels.slice(1).map((_, start) => `;domain=${labels.slice(start).join(".")}`);
  const names = document.cookie.split("; ").map((pair) => pair.split("=")[0]);
  for (const name of path === "/" ? names.filter((name) => pattern.test(name)) : [declared])
    for (const domain of ["", ...domains]) document.cookie = `${name}=;path=${path};max-age=0${domain}`;
}

// A database that a script still holds open is deleted when the page is left, so it is not waited for.
async function forgetDatabases(pattern) {
  const names = (await indexedDB.databases()).map(({ name }) => name).filter((name) => pattern.test(name));
  const deleted = (name) =>
    new Promise((resolve) => {
      const request = indexedDB.deleteDatabase(name);
      request.onsuccess = request.onerror = request.onblocked = resolve;
    });
  await Promise.all(names.map(deleted));
}

// Neither caches nor workers are there where the page did not come over TLS.
async function forgetCaches(pattern) {
  const names = (await globalThis.caches?.keys()) ?? [];
  await Promise.all(names.filter((name) => pattern.test(name)).map((name) => caches.delete(name)));
}

async function forgetWorkers(pattern) {
  const all = (await navigator.serviceWorker?.getRegistrations()) ?? [];
  // One that is just going away has no worker left.
  const script = ({ active, waiting, installing }) => (active ?? waiting ?? installing)?.scriptURL;
  const ours = all.filter((one) => script(one) && pattern.test(new URL(script(one)).pathname));
  await Promise.all(ours.map((one) => one.unregister()));
}
