// Feeds damaged files to the readers: nothing may be thrown but InvalidInput, nothing may take a second or 512 MB, nothing may be run.
// usage: node scripts/setup.mjs, then node scripts/fuzz.mjs [safetensors|pickle|zip|tar|csv|jsonl|parquet|hdf5|config …] [--runs 100000] [--seed 0]
// A command that was stopped is gone on with by the --runs and --seed that it wrote last.
import { spawnSync } from 'node:child_process';
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
const opened =
  (specOf, nameOf = () => 'damaged') =>
  async (bytes) => {
    const path = join(folder, `${nameOf()}${bytes.ending}`);
    writeFileSync(path, bytes);
    const dataset = await openDataset(specOf(path));
    for (let index = 0; index < dataset.length; index++) {
      dataset.captions?.(index);
      dataset.caption(index);
      await dataset.imageBytes?.(index);
    }
  };
const table = opened((path) => ({ kind: 'table', path, allowMissingPictures: true }));

let files = 0;

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
    [
      ...endingFiles('../packages/datasets/test/fixtures/parquet/', /\.parquet$/),
      ...endingFiles('fuzz-corpus/parquet/', /./),
    ],
    opened((path) => ({ kind: 'parquet', files: path })),
    damagedFile,
  ],
  hdf5: async () => [
    [
      ...endingFiles('../packages/datasets/test/fixtures/hdf5/', /\.h5$/),
      ...endingFiles('fuzz-corpus/hdf5/', /./),
    ],
    opened(
      (path) => ({ kind: 'hdf5', files: path }),
      () => `damaged-${files++}`, // the library knows a file again by its place on the disk
    ),
    damagedFile,
  ],
  config: async () => {
    const { resolveConfig } = await import('../apps/trainer/dist/index.js');
    return [await configs(), resolveConfig, damagedConfig];
  },
};

/** Readers whose library keeps damaged files open: each portion is read by a process of its own. */
const ownProcess = new Set(['hdf5']);

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

/** What no input may take. */
const [mostMilliseconds, mostMegabytes] = [1000, 512];

let failed = false;

/** Inputs that come from one seed: the next thousand come from `seed + 1000`, so that a later command can go on with them. */
const portion = 1000;

/** Feeds inputs to a reader of this process. */
async function feed(name, runs, seed) {
  const [corpus, read, damage = mutate] = await targets[name]();
  const chance = chanceOf(seed);
  const pick = () => corpus[Math.floor(chance() * corpus.length)];
  let [accepted, slowest, memory] = [0, 0, 0];
  for (let run = 0; run < runs; run++) {
    const input = damage(pick(), chance, pick());
    const before = processorTime();
    try {
      if (await attempt(() => read(input))) accepted++;
    } catch (error) {
      failed = true;
      console.error(`${name}, run ${run} of seed ${seed}: ${error.stack}`);
    }
    const [took, held] = [processorTime() - before, process.memoryUsage.rss() / 2 ** 20];
    if (took > mostMilliseconds || (held > mostMegabytes && memory <= mostMegabytes))
      console.error(`${name}, run ${run} of seed ${seed}: ${took.toFixed(0)} ms, ${held.toFixed(0)} MB`);
    slowest = Math.max(slowest, took);
    memory = Math.max(memory, held);
  }
  return [accepted, slowest, memory];
}

/** Feeds inputs to a reader of another process. */
function feedProcess(name, runs, seed) {
  const args = [process.argv[1], name, '--runs', `${runs}`, '--seed', `${seed}`];
  const { status, stdout } = spawnSync(process.execPath, args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (status !== 0) console.error(`The process of seed ${seed} ended with ${status}.`);
  failed ||= status !== 0;
  const [, ...figures] = /(\d+) read, slowest (\d+) ms, (\d+) MB/.exec(stdout) ?? ['', 0, 0, 0];
  return figures.map(Number);
}

/** Feeds all inputs, a portion at a time, and says now and then how to go on from there. */
async function feedAll(name, runs, seed) {
  let [accepted, slowest, memory] = [0, 0, 0];
  for (let done = 0; done < runs; done += portion) {
    const [count, from] = [Math.min(portion, runs - done), seed + done];
    const isApart = ownProcess.has(name) && runs > portion;
    const found = await (isApart ? feedProcess : feed)(name, count, from);
    accepted += found[0];
    slowest = Math.max(slowest, found[1]);
    memory = Math.max(memory, found[2]);
    const fed = done + count;
    if (fed % (10 * portion) === 0 && fed < runs)
      console.error(
        `${name}: ${fed} of ${runs}, slowest ${slowest.toFixed(0)} ms, ${memory.toFixed(0)} MB; the others: --runs ${runs - fed} --seed ${seed + fed}`,
      );
  }
  return [accepted, slowest, memory];
}

const [runs, seed] = [Number(values.runs), Number(values.seed)];
for (const name of positionals.length > 0 ? positionals : Object.keys(targets)) {
  if (!(name in targets))
    throw new RangeError(`fuzz must name ${Object.keys(targets).join(', ')}; received ${name}.`);
  const started = performance.now();
  const [accepted, slowest, memory] = await feedAll(name, runs, seed);
  failed ||= slowest > mostMilliseconds || memory > mostMegabytes;
  const seconds = ((performance.now() - started) / 1000).toFixed(0);
  console.log(
    `${name}: ${runs} inputs in ${seconds} s, ${accepted} read, slowest ${slowest.toFixed(0)} ms, ${memory.toFixed(0)} MB`,
  );
}
rmSync(folder, { recursive: true });
if (existsSync(marker)) {
  failed = true;
  rmSync(marker);
  console.error('Code within a pickle was run.');
}
process.exit(failed ? 1 : 0);
