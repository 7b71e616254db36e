import {
  captionStatistics,
  type DataSplit,
  duplicatePictures,
  mostBadFiles,
  unreadablePictures,
} from '@m3ae/datasets';
import { duration, pluralize } from '@m3ae/errors';
import { writeWhole } from '@m3ae/checkpoint/files';
import { type Progress, wallClock } from '@m3ae/logging';
import { classCounts, classLines, duplicateLines } from '@m3ae/report';
import { drawExamples } from '@m3ae/report/sheet';
import { type SkippedFile, skippedLine, trainingLoader } from '@m3ae/runs';
import { layoutOf } from '@m3ae/runs/model';
import { readsText } from '@m3ae/tasks';
import type { TrainerConfig } from '../config/schema.js';
import { readingOf } from './mixer.js';
import { prepare, type Prepared } from './prepare.js';
import { tellNotes } from './tell-notes.js';

/** Files that are listed before the rest is counted. */
const listed = 20;

const count = (value: number) => value.toLocaleString('en');

function tellSplits(parts: readonly DataSplit[], progress: Progress): void {
  for (const { name, title, indices, dataset } of parts) {
    progress.say(`${title}: ${pluralize(indices.length, 'example')} (${dataset.name})`);
    progress.fact(`part.${name}`, { length: indices.length, fingerprint: dataset.fingerprint });
  }
}

/** How long the captions are in word pieces; what there is to say where a method reads none. */
function tellCaptions({ sources: { train }, vocabulary, config }: Prepared, progress: Progress): void {
  if (!readsText(config.method)) {
    progress.say(`Captions: not read, as method "${config.method}" trains on pictures alone`);
    return;
  }
  progress.say(`Vocabulary: ${pluralize(vocabulary.tokenizer.vocabSize, 'word piece')}`);
  const facts = captionStatistics(train, vocabulary.tokenizer);
  if (facts === undefined) {
    progress.say('Captions: none; the text comes from data.unpairedText');
    return;
  }
  const { mean, median, longest, missing } = facts;
  progress.say(`Captions: ${mean} word pieces on average, median ${median}, longest ${longest}`);
  if (missing > 0) {
    progress.say(`  ${count(missing)} of ${pluralize(train.indices.length, 'picture')} without a caption`);
  }
  progress.fact('captions', facts);
}

/** Reads every picture of every part, and tells which cannot be, and whether a run would stop at that. */
async function tellUnreadable(
  parts: readonly DataSplit[],
  maxBadShare: number,
  progress: Progress,
): Promise<SkippedFile[]> {
  const all: SkippedFile[] = [];
  for (const part of parts) {
    const total = part.indices.length;
    const started = wallClock();
    const found = await unreadablePictures(part, (done) =>
      progress.part(`Reading pictures (${part.title})`, done, total),
    );
    const time = duration(wallClock() - started);
    progress.say(
      `Read ${pluralize(total, 'picture')} (${part.title}) in ${time}; ${count(found.length)} unreadable`,
    );
    found.slice(0, listed).forEach((file) => progress.say(`  ${skippedLine(file)}`));
    if (found.length > listed) progress.say(`  and ${count(found.length - listed)} more`);
    if (found.length > mostBadFiles(total, maxBadShare)) {
      progress.say(
        `  More than data.maxBadShare = ${maxBadShare} allows: a run stops at them. Mend or remove them, or raise it.`,
      );
    }
    all.push(...found);
  }
  progress.fact('unreadable', all);
  return all;
}

/** Draws the sheet, and prints some of what stands on it. */
async function tellSamples(prepared: Prepared, file: string, progress: Progress): Promise<void> {
  const { sources, config, streams, statistics } = prepared;
  const loader = trainingLoader(sources.train, streams.augmentation, readingOf(prepared));
  const { png, samples, written } = await drawExamples(sources.train, {
    loader,
    layout: layoutOf(config, statistics),
    captions: readsText(config.method),
  }).finally(() => loader.close());
  writeWhole(file, png);
  progress.say('Samples, whether picture, class and caption belong together:');
  const spread = samples.filter((_, at) => at % Math.ceil(samples.length / 5) === 0);
  for (const { place, label, caption } of spread) {
    const words = [
      ...(label === undefined ? [] : [`class ${label}`]),
      ...(readsText(config.method) ? [caption === '' ? 'no caption' : `"${caption}"`] : []),
    ];
    progress.say(`  ${[place, ...words].join('  ')}`);
  }
  progress.fact('samples', samples);
  progress.fact('sheet', file);
  progress.say(`Samples, as the model sees them: ${file}`);
  if (!written) {
    progress.say('  without captions, as no font is installed; on Debian: apt-get install fonts-dejavu-core');
  }
}

/** Prepares the data of a config, reads all of it, and tells what was found. */
export async function inspectData(config: TrainerConfig, sheet: string, progress: Progress): Promise<void> {
  const prepared = await prepare(config, progress);
  const { sources, statistics } = prepared;
  const { train, labeled, validation, tests, unpairedText } = sources;
  const measured = [validation, ...tests].filter((part) => part !== null);
  tellSplits([train, ...measured, ...(unpairedText === null ? [] : [unpairedText])], progress);
  tellNotes(sources, progress);
  if (labeled !== null) {
    classLines([labeled, ...measured]).forEach((line) => progress.say(line));
    progress.fact('classes', classCounts([labeled, ...measured]));
  }
  progress.say(`Channel mean ${statistics.mean.join(', ')}; deviation ${statistics.std.join(', ')}`);
  progress.fact('statistics', statistics);
  tellCaptions(prepared, progress);
  const unreadable = await tellUnreadable([train, ...measured], config.data.maxBadShare, progress);
  const leftOut = new Set(unreadable.map(({ place }) => place));
  const duplicates = await duplicatePictures([train, ...measured], leftOut);
  progress.fact('duplicates', duplicates);
  duplicateLines(duplicates).forEach((line) => progress.say(line));
  await tellSamples(prepared, sheet, progress);
}
