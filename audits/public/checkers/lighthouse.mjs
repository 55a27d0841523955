// node lighthouse.mjs NODE_MODULES CHROMIUM ADDRESS FLAG...: one page, as Lighthouse sees it on a phone, as JSON.
import { join } from "node:path"
import { pathToFileURL } from "node:url"

const [modules, chromePath, address, ...chromeFlags] = process.argv.slice(2)
const load = (file) => import(pathToFileURL(join(modules, file)))
const { default: lighthouse } = await load("lighthouse/core/index.js")
const { launch } = await load("chrome-launcher/dist/index.js")

const gated = ["accessibility", "best-practices", "seo"]
const look = async () => {
  const chrome = await launch({ chromePath, chromeFlags, logLevel: "silent" })
  try {
    const { lhr } = await lighthouse(address, {
      port: chrome.port, logLevel: "silent", output: "json", onlyCategories: ["performance", ...gated],
    })
    return lhr
  } finally {
    chrome.kill()
  }
}

let lhr = await look()
// A trace that did not begin says nothing of the page, and Lighthouse asks to be run again.
if (lhr.runtimeError?.code === "NO_NAVSTART") lhr = await look()
if (lhr.runtimeError) throw new Error(lhr.runtimeError.message)
const percent = (name) => Math.round((lhr.categories[name].score ?? -1) * 100)
const wrong = gated.flatMap((name) => lhr.categories[name].auditRefs
  .filter(({ id, weight }) => weight > 0 && lhr.audits[id].score !== null && lhr.audits[id].score < 1)
  .map(({ id }) => `${id}: ${lhr.audits[id].title}`))
process.stdout.write(JSON.stringify({
  scores: Object.fromEntries(["performance", ...gated].map((name) => [name, percent(name)])),
  shift: lhr.audits["cumulative-layout-shift"].numericValue,
  wrong,
}))
