import { pluralize } from '@m3ae/errors';
import { noteSentence } from '@m3ae/datasets';
import { key } from '@m3ae/random';
import type { TrainerConfig } from '../config/schema.js';
import { layoutOf } from '../report/gallery.js';
import { encodePng, imageOf } from '../report/pictures.js';
import { evaluationLoader, skippedFiles, skippedLine, trainingLoader } from './loaders.js';
import { duration, type Progress } from './progress.js';
import { prepare, type Prepared } from './prepare.js';
import { wallClock } from './clock.js';
import { writeWhole } from './whole-files.js';

/** Pictures on the sheet: eight across, eight down. */
const across = 8;

/** Reads every training picture once, so that each unreadable file is known. */
async function readAll(prepared: Prepared, progress: Progress) {
  const { sources, config } = prepared;
  const { indices } = sources.train;
  const loader = evaluationLoader(sources.train, key(0), prepared);
  const batch = Math.min(config.train.batchSize, indices.length);
  const started = wallClock();
  for (let start = 0; start < indices.length; start += batch) {
    await loader.load({ step: 0, indices: indices.slice(start, start + batch) });
    progress.part('Reading pictures', Math.min(start + batch, indices.length), indices.length);
  }
  const seconds = wallClock() - started;
  await loader.close();
  return { skipped: skippedFiles([loader]), seconds };
}

/** Lengths of the captions in word pieces. */
function captionLengths({ sources: { train }, vocabulary }: Prepared) {
  const lengths = Array.from(
    train.indices,
    (index) => vocabulary.tokenizer.encode(train.dataset.caption(index)).length,
  );
  const sorted = lengths.sort((a, b) => a - b);
  const mean = lengths.reduce((total, length) => total + length, 0) / lengths.length;
  return {
    mean: Number(mean.toFixed(1)),
    median: sorted[Math.floor(sorted.length / 2)]!,
    longest: sorted.at(-1)!,
  };
}

/** Pictures as the model sees them, in one PNG. */
async function writeSheet(prepared: Prepared, file: string): Promise<void> {
  const { sources, config, streams, statistics } = prepared;
  const { size } = config.image;
  const loader = trainingLoader(sources.train, streams.augmentation, prepared);
  const count = Math.min(across * across, sources.train.indices.length);
  const stride = sources.train.indices.length / count;
  const indices = Int32Array.from(
    { length: count },
    (_, at) => sources.train.indices[Math.floor(at * stride)]!,
  );
  const { patches } = await loader.load({ step: 0, indices });
  await loader.close();
  const rows = Math.ceil(count / across);
  const data = new Uint8Array(across * rows * size * size * 3).fill(255);
  const values = patches!.shape[1]! * patches!.shape[2]!;
  for (let at = 0; at < count; at++) {
    const view = imageOf(
      (patches!.data as Float32Array).slice(at * values, (at + 1) * values),
      layoutOf(config, statistics),
    );
    for (let y = 0; y < size; y++) {
      const to = ((Math.floor(at / across) * size + y) * across + (at % across)) * size * 3;
      data.set(view.data.subarray(y * size * 3, (y + 1) * size * 3), to);
    }
  }
  writeWhole(file, await encodePng({ width: across * size, height: rows * size, channels: 3, data }));
}

/** Prepares the data of a config, reads all of it, and tells what was found. */
export async function inspectData(config: TrainerConfig, sheet: string, progress: Progress): Promise<void> {
  const prepared = await prepare(config, progress);
  const { sources, statistics, vocabulary } = prepared;
  for (const part of [sources.train, sources.validation, ...sources.tests, sources.unpairedText]) {
    if (part === null) continue;
    progress.say(`${part.title}: ${pluralize(part.indices.length, 'example')} (${part.dataset.name})`);
    for (const note of part.dataset.notes) progress.say(`  ${noteSentence(note)}`);
    progress.fact(`part.${part.name}`, {
      length: part.indices.length,
      fingerprint: part.dataset.fingerprint,
    });
  }
  progress.say(`Channel mean ${statistics.mean.join(', ')}; deviation ${statistics.std.join(', ')}`);
  const captions = captionLengths(prepared);
  progress.say(`Vocabulary: ${pluralize(vocabulary.tokenizer.vocabSize, 'word piece')}`);
  progress.say(
    `Captions: ${captions.mean} word pieces on average, median ${captions.median}, longest ${captions.longest}`,
  );
  const { skipped, seconds } = await readAll(prepared, progress);
  progress.say(`Read all training pictures in ${duration(seconds)}; ${skipped.length} unreadable`);
  skipped.forEach((file) => progress.say(`  ${skippedLine(file)}`));
  progress.fact('statistics', statistics);
  progress.fact('captions', captions);
  progress.fact('unreadable', skipped);
  await writeSheet(prepared, sheet);
  progress.fact('sheet', sheet);
  progress.say(`Samples, as the model sees them: ${sheet}`);
}
