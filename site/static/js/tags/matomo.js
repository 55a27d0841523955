// Matomo on a server of the company: the key is its host and the number of the site there.
// developer.matomo.org/guides/tracking-javascript-guide

import { load } from "./load.js";

export function start([tag]) {
  const [host, site] = tag.key.split("/");
  window._paq ??= [];
  window._paq.push(["setTrackerUrl", `https://${host}/matomo.php`], ["setSiteId", site], ["trackPageView"]);
  load(`https://${host}/matomo.js`);
}
