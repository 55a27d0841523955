// The Meta Pixel: calls wait in a queue until the script has come. developers.facebook.com/docs/meta-pixel

import { load } from "./load.js";

export function start(tags) {
  const fbq = function () {
    if (fbq.callMethod) fbq.callMethod.apply(fbq, arguments);
    else fbq.queue.push(arguments);
  };
  Object.assign(fbq, { push: fbq, loaded: true, version: "2.0", queue: [] });
  window.fbq = window._fbq = fbq;
  for (const tag of tags) fbq("init", tag.key);
  fbq("track", "PageView");
  load("https://connect.facebook.net/en_US/fbevents.js");
}
