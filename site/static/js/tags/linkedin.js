// The LinkedIn Insight Tag: it reads its partner from the page and counts the view by itself.

import { load } from "./load.js";

export function start(tags) {
  const lintrk = function () {
    lintrk.q.push(arguments);
  };
  lintrk.q = [];
  window._linkedin_data_partner_ids = tags.map((tag) => tag.key);
  window.lintrk = lintrk;
  load("https://snap.licdn.com/li.lms-analytics/insight.min.js");
}
