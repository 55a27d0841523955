// The observatory's own retrieval, tests and weights for one page, whatever its status: `scan.js` refuses
// those of errors. Prints {status, score, failed}.
import { pathToFileURL } from "node:url";

const [, , folder, place] = process.argv;
const part = (name) => import(pathToFileURL(`${folder}/src/${name}`).href);
const { retrieve } = await part("retriever/retriever.js");
const { ALL_TESTS } = await part("constants.js");
const { getScoreModifier } = await part("grader/grader.js");
const { MINIMUM_SCORE_FOR_EXTRA_CREDIT } = await part("grader/charts.js");

const page = await retrieve(place);
const results = ALL_TESTS.map((test) => test(page));
const weights = results.map((result) => (result.result ? getScoreModifier(result.result) : 0));
const plain = weights.reduce((sum, weight) => sum + Math.min(weight, 0), 100);
const full = weights.reduce((sum, weight) => sum + weight, 100);
console.log(
  JSON.stringify({
    status: page.responses.auto?.status ?? null,
    score: plain >= MINIMUM_SCORE_FOR_EXTRA_CREDIT ? full : plain,
    failed: results.filter((result) => !result.pass).map((result) => result.result),
  }),
);
