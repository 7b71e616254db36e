// Feeds damaged files to the readers: nothing may be thrown but InvalidInput, nothing may take a second or 512 MB, nothing may be run.
// usage: node scripts/setup.mjs, then node scripts/fuzz.mjs [safetensors|pickle|zip|config …] [--runs 100000] [--seed 0]
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { isInvalidInput } from '../packages/errors/dist/index.js';
import { readPickle, readTensors, readWeights } from '../packages/weights/dist/index.js';
import { chanceOf, mutate, mutateValue } from './mutate.mjs';

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

/** The configs that come with the command. */
async function configs() {
  const { loadConfigFile } = await import('../apps/trainer/dist/index.js');
  const folder = fileURLToPath(new URL('../apps/trainer/configs/', import.meta.url));
  const names = readdirSync(folder).filter((name) => name.endsWith('.ts'));
  return Promise.all(names.map((name) => loadConfigFile(folder + name)));
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
    return [await configs(), resolveConfig, damagedConfig];
  },
};

/** One to three changes of one another. */
function damagedConfig(config, chance) {
  let value = config;
  for (let count = 1 + Math.floor(chance() * 3); count > 0; count--) value = mutateValue(value, chance);
  return value;
}

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
  const [corpus, read, damage = mutate] = await targets[name]();
  const chance = chanceOf(Number(values.seed));
  const pick = () => corpus[Math.floor(chance() * corpus.length)];
  let [accepted, slowest, memory] = [0, 0, 0];
  const started = performance.now();
  for (let run = 0; run < runs; run++) {
    const input = damage(pick(), chance, pick());
    const before = performance.now();
    try {
      if (attempt(() => read(input))) accepted++;
    } catch (error) {
      failed = true;
      console.error(`${name}, run ${run} of seed ${values.seed}: ${error.stack}`);
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
