// Google Analytics 4 and Google Ads by gtag.js, with Consent Mode v2 in its basic form: nothing is asked of
// Google before a category is allowed, and then the state of every signal goes ahead of everything else.
// developers.google.com/tag-platform/security/guides/consent

import { load } from "./load.js";

let begun = false;

export function start(tags, states) {
  window.dataLayer ??= [];
  // gtag.js reads `arguments` objects, which an array is not.
  const gtag = function () {
    window.dataLayer.push(arguments);
  };
  const denied = Object.fromEntries(Object.keys(states).map((name) => [name, "denied"]));
  if (!begun) gtag("consent", "default", denied);
  gtag("consent", "update", states);
  gtag("set", "ads_data_redaction", states.ad_storage === "denied");
  gtag("set", "url_passthrough", false);
  if (!begun) gtag("js", new Date());
  for (const tag of tags) gtag("config", tag.key);
  if (!begun) load(`https://www.googletagmanager.com/gtag/js?id=${tags[0].key}`);
  begun = true;
}
