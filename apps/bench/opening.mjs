// How long opening a data set takes, and how much memory beyond the arrays that stay.
//
//   node apps/bench/opening.mjs make FOLDER [ROWS]     ROWS captions (default 1,000,000) of a fifth as many pictures, in each format
//   node apps/bench/opening.mjs open ADDRESS …         prints a line of JSON for each, e.g. of jsonl:FOLDER/rows.jsonl or '{ "kind": … }'
//
// The package must be built. Each data set is opened in a process of its own; megabytes are of 10^6 bytes.
import { spawnSync } from 'node:child_process';
import { createWriteStream, linkSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const captionsAPicture = 5;
/** File systems allow some ten thousand names of one file. */
const linksAFile = 30_000;
const pixel = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);
const pictureOf = (row) => `pictures/${String(Math.floor(row / captionsAPicture)).padStart(7, '0')}.png`;
const captionOf = (row) =>
  `picture number ${Math.floor(row / captionsAPicture)}, described for the ${row % captionsAPicture}th time by one of five people`;

/** Writes a file line by line. */
async function write(path, lines) {
  const file = createWriteStream(path, { highWaterMark: 1 << 20 });
  for (const line of lines) if (!file.write(`${line}\n`)) await new Promise((go) => file.once('drain', go));
  await new Promise((done) => file.end(done));
}

function* each(rows, lineOf) {
  for (let row = 0; row < rows; row++) yield lineOf(row);
}

function* coco(rows) {
  yield '{"images": [';
  for (let row = 0; row < rows; row += captionsAPicture)
    yield `${row > 0 ? ',' : ''}${JSON.stringify({ id: row, file_name: pictureOf(row) })}`;
  yield '], "annotations": [';
  for (let row = 0; row < rows; row++)
    yield `${row > 0 ? ',' : ''}${JSON.stringify({ image_id: row - (row % captionsAPicture), caption: captionOf(row) })}`;
  yield ']}';
}

async function make(folder, rows) {
  mkdirSync(join(folder, 'pictures'), { recursive: true });
  let source;
  for (let row = 0, count = 0; row < rows; row += captionsAPicture, count++) {
    const path = join(folder, pictureOf(row));
    if (count % linksAFile > 0) linkSync(source, path);
    else writeFileSync((source = path), pixel);
  }
  const record = (row) => JSON.stringify({ image: pictureOf(row), caption: captionOf(row) });
  await write(join(folder, 'rows.jsonl'), each(rows, record));
  const line = (row) => (row < 0 ? 'image,caption' : `${pictureOf(row)},"${captionOf(row)}"`);
  await write(
    join(folder, 'rows.csv'),
    each(rows + 1, (row) => line(row - 1)),
  );
  await write(join(folder, 'coco.json'), coco(rows));
  await write(join(folder, 'lines.txt'), each(rows, captionOf));
}

/** Bytes of all arrays in plain data, each memory once. */
function bytesOfArrays(value, seen = new Set()) {
  if (typeof value !== 'object' || value === null || seen.has(value)) return 0;
  seen.add(value);
  if (!ArrayBuffer.isView(value))
    return Object.values(value).reduce((sum, inner) => sum + bytesOfArrays(inner, seen), 0);
  if (seen.has(value.buffer)) return 0;
  seen.add(value.buffer);
  return value.byteLength;
}

async function openHere(address) {
  const { openDataset, stateOf } = await import(import.meta.resolve('@m3ae/datasets'));
  const megabytes = (bytes) => Math.round(bytes / 1e6);
  const before = process.resourceUsage().maxRSS * 1024;
  const start = performance.now();
  const dataset = await openDataset(address.startsWith('{') ? JSON.parse(address) : address);
  const seconds = Number(((performance.now() - start) / 1000).toFixed(1));
  const peak = process.resourceUsage().maxRSS * 1024;
  const arrays = bytesOfArrays(stateOf(dataset));
  const memory = { arrays_mb: megabytes(arrays), beyond_mb: megabytes(peak - before - arrays) };
  console.log(JSON.stringify({ address, examples: dataset.length, seconds, ...memory }));
}

const [what, ...rest] = process.argv.slice(2);
if (what === 'make') await make(rest[0], Number(rest[1] ?? 1e6));
else if (what === 'here') await openHere(rest[0]);
else {
  for (const address of rest) {
    const args = [fileURLToPath(import.meta.url), 'here', address];
    const { status } = spawnSync(process.execPath, args, { stdio: 'inherit' });
    if (status !== 0) process.exitCode = 1;
  }
}
