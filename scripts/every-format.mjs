// Runs a full-size recipe for some steps on a small copy of each format of data, one after the other, and says how long each took.
// usage: node scripts/setup.mjs, then node scripts/every-format.mjs [folder|csv|jsonl|coco|metadata|webdataset|parquet|hdf5|text …]
//        [--config cc12m-m3ae-base] [--steps 20] [--batch 2] [--command apps/trainer/bin/m3ae.js]
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import sharp from 'sharp';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    config: { type: 'string', default: 'cc12m-m3ae-base' },
    steps: { type: 'string', default: '20' },
    batch: { type: 'string', default: '2' },
    command: {
      type: 'string',
      default: fileURLToPath(new URL('../apps/trainer/bin/m3ae.js', import.meta.url)),
    },
  },
});
const folder = mkdtempSync(join(tmpdir(), 'm3ae-formats-'));
const count = 60;
const caption = (at) => `a square of color number ${at}, with "quotes", größer`;
const name = (at) => `${String(at).padStart(3, '0')}.jpg`;

/** Runs the command and gives what it wrote. */
function m3ae(...args) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [values.command, ...args], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`m3ae ${args.join(' ')} ended with ${status}: ${stderr}`);
  return stdout;
}

async function writePictures() {
  mkdirSync(join(folder, 'pictures'));
  for (let at = 0; at < count; at++) {
    const background = { r: (at * 50) % 256, g: (at * 90) % 256, b: (at * 10) % 256 };
    const picture = sharp({ create: { width: 300, height: 280, channels: 3, background } });
    await picture.jpeg().toFile(join(folder, 'pictures', name(at)));
  }
}

const rows = Array.from({ length: count }, (_, at) => at);
const quoted = (text) => `"${text.replaceAll('"', '""')}"`;
const table = (head) => [head, ...rows.map((at) => `${name(at)},${quoted(caption(at))}`), ''].join('\n');
const beside = (file, content) => {
  const path = join(folder, 'pictures', file);
  writeFileSync(path, content);
  return path;
};

/** A copy of the pictures and captions by another writer of ours. */
function prepared(to) {
  const lines = rows.map((at) => JSON.stringify({ image: name(at), caption: caption(at) }));
  const source = beside('all.jsonl', `${lines.join('\n')}\n`);
  m3ae('data', 'prepare', `jsonl:${source}`, '--out', join(folder, to), '--to', to, '--quiet');
  return `${to}:${join(folder, to)}/shard-*`;
}

/** A folder of its own with a file of text beside each picture. */
function pairs() {
  const path = join(folder, 'pairs');
  mkdirSync(path, { recursive: true });
  for (const at of rows) {
    writeFileSync(join(path, name(at)), readFileSync(join(folder, 'pictures', name(at))));
    writeFileSync(join(path, name(at).replace('.jpg', '.txt')), caption(at));
  }
  return path;
}

const source = (address) => [`data.source=${address}`];

/** What is set for each format. */
const formats = {
  folder: () => source(`folder:${pairs()}`),
  csv: () => source(`csv:${beside('captions.csv', table('filepath,title'))}`),
  jsonl: () =>
    source(
      `jsonl:${beside('lines.jsonl', rows.map((at) => JSON.stringify({ file_name: name(at), text: [caption(at)] })).join('\n'))}`,
    ),
  coco: () => {
    const images = rows.map((at) => ({ id: at, file_name: name(at) }));
    const annotations = rows.map((at) => ({ id: at, image_id: at, caption: caption(at) }));
    return source(`coco:${beside('coco.json', JSON.stringify({ images, annotations }))}`);
  },
  metadata: () => {
    const path = pairs();
    for (const at of rows) rmSync(join(path, name(at).replace('.jpg', '.txt')));
    writeFileSync(join(path, 'metadata.csv'), table('file_name,text'));
    return source(`folder:${path}`);
  },
  webdataset: () => source(prepared('webdataset')),
  parquet: () => source(prepared('parquet')),
  hdf5: () => source(prepared('hdf5')),
  text: () => [
    `data.source=folder:${pairs()}`,
    `data.unpairedText=text:${beside('text.txt', rows.map((at) => `${caption(at)}\n\n`).join(''))}`,
    'loss.unpairedTextWeight=0.5',
  ],
};

await writePictures();
for (const format of positionals.length > 0 ? positionals : Object.keys(formats)) {
  if (!(format in formats))
    throw new RangeError(`every-format must name ${Object.keys(formats).join(', ')}; received ${format}.`);
  const run = join(folder, 'run');
  const settings = [
    ...formats[format](),
    `train.steps=${values.steps}`,
    `train.batchSize=${values.batch}`,
    'train.accumulate=1',
    'optimizer.warmup=null',
    'report.enabled=false',
  ];
  const started = performance.now();
  m3ae('pretrain', values.config, '--out', run, '--quiet', ...settings.flatMap((each) => ['--set', each]));
  const seconds = ((performance.now() - started) / 1000).toFixed(0);
  const losses = readFileSync(join(run, 'metrics.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line).loss);
  const isWhole = losses.length === Number(values.steps) && losses.every(Number.isFinite);
  if (!isWhole) throw new Error(`${format}: ${losses.length} steps, losses ${losses.join(', ')}`);
  console.log(
    `${format}: ${losses.length} steps in ${seconds} s, loss ${losses[0].toFixed(3)} to ${losses.at(-1).toFixed(3)}`,
  );
  for (const path of [run, ...['pairs', 'webdataset', 'parquet', 'hdf5'].map((each) => join(folder, each))])
    rmSync(path, { recursive: true, force: true });
}
rmSync(folder, { recursive: true });
