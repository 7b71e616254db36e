// Feeds damaged files to the readers: nothing may be thrown but InvalidInput, nothing may take a second or 512 MB, nothing may be run.
// usage: node scripts/setup.mjs, then node scripts/fuzz.mjs [safetensors|pickle|zip|tar|csv|jsonl|parquet|config …] [--runs 100000] [--seed 0]
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { isInvalidInput } from '../packages/errors/dist/index.js';
import { openDataset } from '../packages/datasets/dist/index.js';
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

const folder = mkdtempSync(join(tmpdir(), 'm3ae-fuzz-'));
for (const name of ['1.png', '2.png', '3.png'])
  writeFileSync(join(folder, name), 'not decoded: pictures are no target here');

/** Files of a folder whose names end so, each with its ending, which says how it is read. */
function endingFiles(path, pattern) {
  const from = fileURLToPath(new URL(path, import.meta.url));
  const names = readdirSync(from).filter((name) => pattern.test(name));
  return names.map((name) =>
    Object.assign(new Uint8Array(readFileSync(from + name)), { ending: extname(name) }),
  );
}

/** Damaged bytes of a file that keeps its ending. */
const damagedFile = (bytes, chance, other) =>
  Object.assign(mutate(bytes, chance, other), { ending: bytes.ending });

/** Opens a data set of one damaged file and reads every caption and the bytes of every picture. */
const opened = (specOf) => async (bytes) => {
  const path = join(folder, `damaged${bytes.ending}`);
  writeFileSync(path, bytes);
  const dataset = await openDataset(specOf(path));
  for (let index = 0; index < dataset.length; index++) {
    dataset.captions?.(index);
    dataset.caption(index);
    await dataset.imageBytes(index);
  }
};
const table = opened((path) => ({ kind: 'table', path, allowMissingPictures: true }));

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
      (bytes) => {
        readPickle(bytes);
        return attempt(() => readWeights(bytes));
      },
    ];
  },
  zip: async () => [
    filesIn('torch', '.pth'),
    (bytes) => [...readTensors(bytes).values()].forEach((tensor) => tensor.read()),
  ],
  tar: async () => [
    endingFiles('../packages/datasets/test/fixtures/webdataset/', /\.tar$/),
    opened((path) => ({ kind: 'webdataset', shards: path })),
    damagedFile,
  ],
  csv: async () => [endingFiles('fuzz-corpus/csv/', /./), table, damagedFile],
  jsonl: async () => [endingFiles('fuzz-corpus/jsonl/', /./), table, damagedFile],
  parquet: async () => [
    endingFiles('../packages/datasets/test/fixtures/parquet/', /\.parquet$/),
    opened((path) => ({ kind: 'parquet', files: path })),
    damagedFile,
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

/** Milliseconds of processor time: what else the machine does is not the reader's fault. */
function processorTime() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** Runs a reader; an error that is meant for the user is no failure. */
async function attempt(read) {
  try {
    await read();
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
    const before = processorTime();
    try {
      if (await attempt(() => read(input))) accepted++;
    } catch (error) {
      failed = true;
      console.error(`${name}, run ${run} of seed ${values.seed}: ${error.stack}`);
    }
    slowest = Math.max(slowest, processorTime() - before);
    if (run % 100 === 0) memory = Math.max(memory, process.memoryUsage().rss);
  }
  failed ||= slowest > 1000 || memory > 512 * 2 ** 20;
  const seconds = ((performance.now() - started) / 1000).toFixed(0);
  console.log(
    `${name}: ${runs} inputs in ${seconds} s, ${accepted} read, slowest ${slowest.toFixed(0)} ms, ${(memory / 2 ** 20).toFixed(0)} MB`,
  );
}
rmSync(folder, { recursive: true });
if (existsSync(marker)) {
  failed = true;
  rmSync(marker);
  console.error('Code within a pickle was run.');
}
process.exit(failed ? 1 : 0);
