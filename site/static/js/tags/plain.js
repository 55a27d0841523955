// A script that needs no more than to be loaded, from the address in the registry.

import { load } from "./load.js";

export function start(tags) {
  for (const { address } of tags) load(address);
}
