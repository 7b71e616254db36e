import { duplicatePictures } from '@m3ae/datasets';
import { writeWhole } from '@m3ae/checkpoint/files';
import type { Progress } from '@m3ae/logging';
import { classCounts, classLines, duplicateLines } from '@m3ae/report';
import { drawExamples } from '@m3ae/report/sheet';
import { tellCaptions, tellNotes, tellSplits, tellUnreadable, trainingLoader } from '@m3ae/runs';
import { layoutOf } from '@m3ae/runs/model';
import { methodTraits } from '@m3ae/tasks';
import type { TrainerConfig } from '../config/schema.js';
import { readingOf } from './mixer.js';
import { prepare, type Prepared } from './prepare.js';
import { partsOf } from './sources.js';

/** Draws the sheet, and prints some of what stands on it. */
async function tellSamples(prepared: Prepared, file: string, progress: Progress): Promise<void> {
  const { sources, config, streams, statistics } = prepared;
  const loader = trainingLoader(sources.train, streams.augmentation, readingOf(prepared));
  const { png, samples, written } = await drawExamples(sources.train, {
    loader,
    layout: layoutOf(config, statistics),
    captions: methodTraits(config.method).readsText,
  }).finally(() => loader.close());
  writeWhole(file, png);
  progress.say('Samples, whether picture, class and caption belong together:');
  const spread = samples.filter((_, at) => at % Math.ceil(samples.length / 5) === 0);
  for (const { place, label, caption } of spread) {
    const words = [
      ...(label === undefined ? [] : [`class ${label}`]),
      ...(methodTraits(config.method).readsText ? [caption === '' ? 'no caption' : `"${caption}"`] : []),
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
  tellNotes(partsOf(sources), progress);
  if (labeled !== null) {
    classLines([labeled, ...measured]).forEach((line) => progress.say(line));
    progress.fact('classes', classCounts([labeled, ...measured]));
  }
  progress.say(`Channel mean ${statistics.mean.join(', ')}; deviation ${statistics.std.join(', ')}`);
  progress.fact('statistics', statistics);
  if (methodTraits(config.method).readsText) tellCaptions(train, prepared.vocabulary.tokenizer, progress);
  else progress.say(`Captions: not read, as method "${config.method}" trains on pictures alone`);
  const unreadable = await tellUnreadable([train, ...measured], config.data.maxBadShare, progress);
  const leftOut = new Set(unreadable.map(({ place }) => place));
  const duplicates = await duplicatePictures([train, ...measured], leftOut);
  progress.fact('duplicates', duplicates);
  duplicateLines(duplicates).forEach((line) => progress.say(line));
  await tellSamples(prepared, sheet, progress);
}
