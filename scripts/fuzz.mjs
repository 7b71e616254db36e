// Feeds damaged files to the readers: nothing may be thrown but InvalidInput, nothing may take a second or 512 MB, nothing may be run.
// usage: node scripts/setup.mjs, then node scripts/fuzz.mjs [safetensors|pickle|zip|config …] [--runs 100000] [--seed 0]
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { isInvalidInput } from '../packages/errors/dist/index.js';
import { readPickle, readTensors, readWeights } from '../packages/weights/dist/index.js';
import { chanceOf, mutate } from './mutate.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { runs: { type: 'string', default: '100000' }, seed: { type: 'string', default: '0' } },
});
const fixtures = fileURLToPath(new URL('../packages/weights/test/fixtures/', import.meta.url));
const file = (path) => readFileSync(fixtures + path);
const filesIn = (folder, ending) =>
  readdirSync(fixtures + folder)
    .filter((name) => name.endsWith(ending))
    .map((name) => file(`${folder}/${name}`));

const marker = '/tmp/m3ae-fuzz-was-run';
const attack = Buffer.from(`cos\nsystem\n(S'touch ${marker}'\ntR.`, 'latin1');

/** A config of every section, so that damage reaches all of them. */
async function configs() {
  const { loadConfig } = await import('../apps/trainer/dist/index.js');
  const named = readdirSync(fileURLToPath(new URL('../apps/trainer/configs/', import.meta.url))).filter(
    (name) => name.endsWith('.ts'),
  );
  const texts = [];
  for (const name of named.slice(0, 8)) {
    const path = fileURLToPath(new URL(`../apps/trainer/configs/${name}`, import.meta.url));
    texts.push(Buffer.from(JSON.stringify(await loadConfig(path))));
  }
  return texts;
}

/** What each reader is given, and how it is read. */
const targets = {
  safetensors: async () => [
    filesIn('vision', '.safetensors'),
    (bytes) => [...readTensors(bytes).values()].forEach((tensor) => tensor.read()),
  ],
  pickle: async () => {
    const cases = JSON.parse(file('pickles.json')).map(({ base64 }) => Buffer.from(base64, 'base64'));
    return [
      [...cases, file('readme/m3ae_tiny.pkl'), attack],
      (bytes) => void [readPickle(bytes), attempt(() => readWeights(bytes))],
    ];
  },
  zip: async () => [
    filesIn('torch', '.pth'),
    (bytes) => [...readTensors(bytes).values()].forEach((tensor) => tensor.read()),
  ],
  config: async () => {
    const { resolveConfig } = await import('../apps/trainer/dist/index.js');
    return [
      await configs(),
      (bytes) => {
        let value;
        try {
          value = JSON.parse(new TextDecoder().decode(bytes));
        } catch {
          return; // told by the loader before anything is resolved
        }
        resolveConfig(value);
      },
    ];
  },
};

/** Runs a reader; an error that is meant for the user is no failure. */
function attempt(read) {
  try {
    read();
  } catch (error) {
    if (!isInvalidInput(error)) throw error;
    return false;
  }
  return true;
}

let failed = false;
const runs = Number(values.runs);
for (const name of positionals.length > 0 ? positionals : Object.keys(targets)) {
  if (!(name in targets))
    throw new RangeError(`fuzz must name ${Object.keys(targets).join(', ')}; received ${name}.`);
  const [corpus, read] = await targets[name]();
  const chance = chanceOf(Number(values.seed));
  const pick = () => corpus[Math.floor(chance() * corpus.length)];
  let [accepted, slowest, memory] = [0, 0, 0];
  const started = performance.now();
  for (let run = 0; run < runs; run++) {
    const bytes = mutate(pick(), chance, pick());
    const before = performance.now();
    try {
      if (attempt(() => read(bytes))) accepted++;
    } catch (error) {
      failed = true;
      console.error(
        `${name}, run ${run}: ${error.stack}\n${Buffer.from(bytes.subarray(0, 400)).toString('base64')}`,
      );
    }
    slowest = Math.max(slowest, performance.now() - before);
    if (run % 100 === 0) memory = Math.max(memory, process.memoryUsage().rss);
  }
  failed ||= slowest > 1000 || memory > 512 * 2 ** 20;
  const seconds = ((performance.now() - started) / 1000).toFixed(0);
  console.log(
    `${name}: ${runs} inputs in ${seconds} s, ${accepted} read, slowest ${slowest.toFixed(0)} ms, ${(memory / 2 ** 20).toFixed(0)} MB`,
  );
}
if (existsSync(marker)) {
  failed = true;
  rmSync(marker);
  console.error('Code within a pickle was run.');
}
process.exit(failed ? 1 : 0);
