// Measures the loader. Build first.   node packages/sample-datasets/bench/speed.mjs [CACHE_FOLDER]
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { captionsOf, createLoader, createTokenizerOf, openFolder, trimVocabularyOf } from '@m3ae/datasets';
import { openEmoji, openWordnet } from '../dist/index.js';

const key = [0, 1];
const scratch = mkdtempSync(join(tmpdir(), 'm3ae-speed-'));
const median = (values) => values.sort((a, b) => a - b)[values.length >> 1];
const since = (start) => (performance.now() - start) / 1000;
console.log(`${cpus()[0].model}, ${cpus().length} cores, Node ${process.versions.node}`);

/** Batches a second, median of three rounds after one that warms up, and the processor time of a batch in ms. */
async function rate(loader, dataset, batch, rounds) {
  const requests = Array.from({ length: rounds }, (_, step) => ({
    step,
    indices: Int32Array.from({ length: batch }, (__, i) => (step * batch + i) % dataset.length),
  }));
  const rates = [];
  const costs = [];
  for (let round = 0; round < 4; round++) {
    const before = process.cpuUsage();
    const start = performance.now();
    let count = 0;
    for await (const made of loader.stream(requests)) count += made.indices.length / batch;
    if (round === 0) continue;
    rates.push(count / since(start));
    const { user, system } = process.cpuUsage(before);
    costs.push((user + system) / 1000 / count);
  }
  await loader.close();
  return { perSecond: median(rates), milliseconds: median(costs) };
}

try {
  // Photo-like JPEGs: blurred noise has the spectrum and the file size (about 40 kB) of a photo.
  for (let i = 0; i < 64; i++) {
    const noise = {
      width: 500,
      height: 400,
      channels: 3,
      background: '#888',
      noise: { type: 'gaussian', mean: 128, sigma: 60 },
    };
    writeFileSync(
      join(scratch, `${i}.jpg`),
      await sharp({ create: noise }).blur(1.2).jpeg({ quality: 85 }).toBuffer(),
    );
  }
  const photos = await openFolder({ kind: 'folder', path: scratch, captions: 'none' });
  for (const workers of [0, 1, 2]) {
    const loader = createLoader(photos, { image: { size: 256, patchSize: 16 }, key, workers });
    const { perSecond, milliseconds } = await rate(loader, photos, 16, 16);
    const cost = `${(milliseconds / 16).toFixed(1)} ms of processor time each`;
    console.log(
      `500x400 JPEG to 256 px, ${workers} workers: ${(16 * perSecond).toFixed(0)} pictures/s, ${cost}`,
    );
  }

  const cacheFolder = process.argv[2] ?? join(scratch, 'cache');
  let start = performance.now();
  let rendered = 0;
  const train = await openEmoji({ kind: 'emoji', cacheFolder, captionSeparator: ' ' }, () => rendered++);
  console.log(`emoji opened in ${since(start).toFixed(2)} s, ${rendered} rendered`);
  start = performance.now();
  const { mapping } = trimVocabularyOf(train);
  console.log(`vocabulary of ${mapping.ids.length} pieces trimmed in ${since(start).toFixed(2)} s`);
  for (const workers of [0, 1, 2]) {
    const image = { size: 48, patchSize: 8, crop: { kind: 'square', min: 40, max: 64 } };
    const loader = createLoader(train, { image, text: { maxLength: 20, tokenizer: mapping }, key, workers });
    const { perSecond, milliseconds } = await rate(loader, train, 64, 100);
    const cost = `${milliseconds.toFixed(1)} ms of processor time each`;
    console.log(
      `emoji, batches of 64 at 48 px, ${workers} workers: ${perSecond.toFixed(0)} batches/s, ${cost}`,
    );
  }

  const wordnet = await openWordnet({ kind: 'wordnet' });
  for (const workers of [0, 1, 2]) {
    const loader = createLoader(wordnet, { text: { maxLength: 64 }, key, workers });
    const { perSecond } = await rate(loader, wordnet, 256, 200);
    console.log(`WordNet lines, ${workers} workers: ${Math.round(256 * perSecond)} captions/s`);
  }
  const tokenizer = createTokenizerOf('bert');
  start = performance.now();
  for (const caption of captionsOf(wordnet)) tokenizer.encode(caption);
  console.log(`tokenizer alone: ${Math.round(wordnet.length / since(start))} captions/s`);
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
