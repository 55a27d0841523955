// Plausible, at its makers or on a server of the company: the key is its host and the site's name there.

import { load } from "./load.js";

export function start([tag]) {
  const [host, site] = tag.key.split("/");
  load(`https://${host}/js/script.js`, { "data-domain": site });
}
