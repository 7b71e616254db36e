import {
  captionStatistics,
  type DatasetNote,
  type DataSplit,
  limited,
  mostBadFiles,
  noteSentence,
  unreadablePictures,
} from '@m3ae/datasets';
import { duration, pluralize } from '@m3ae/errors';
import { type Progress, wallClock } from '@m3ae/logging';
import type { Tokenizer } from '@m3ae/preprocess';
import { type SkippedFile, skippedLine } from './run-logs.js';

/** Files that are listed before the rest is counted. */
const listed = 20;

const count = (value: number) => value.toLocaleString('en');

/** Tells the name, the length and the origin of each split; as facts `part.NAME`, its length and fingerprint. */
export function tellSplits(splits: readonly DataSplit[], progress: Progress): void {
  for (const { name, title, indices, dataset } of splits) {
    progress.say(`${title}: ${pluralize(indices.length, 'example')} (${dataset.name})`);
    progress.fact(`part.${name}`, { length: indices.length, fingerprint: dataset.fingerprint });
  }
}

/** What was odd about the data of some splits, each once: those of one folder have its notes in common. */
export function notesOf(splits: readonly DataSplit[]): DatasetNote[] {
  const notes = splits.flatMap(({ dataset }) => dataset.notes);
  return [...new Map(notes.map((note) => [JSON.stringify(note), note])).values()];
}

/** Tells what was left out, guessed or not read when splits were opened; as the fact `notes`, {@link notesOf}. */
export function tellNotes(splits: readonly DataSplit[], progress: Progress): void {
  const notes = notesOf(splits);
  for (const note of notes) progress.say(`Data: ${noteSentence(note)}`);
  if (notes.length > 0) progress.fact('notes', notes);
}

/** Tells how long the captions of a split are in word pieces, and how many are missing; as the fact `captions` too, if there are any. */
export function tellCaptions(split: DataSplit, tokenizer: Tokenizer, progress: Progress): void {
  progress.say(`Vocabulary: ${pluralize(tokenizer.vocabSize, 'word piece')}`);
  const facts = captionStatistics(split, tokenizer);
  if (facts === undefined) {
    progress.say('Captions: none; the text comes from data.unpairedText');
    return;
  }
  const { mean, median, longest, missing } = facts;
  progress.say(`Captions: ${mean} word pieces on average, median ${median}, longest ${longest}`);
  if (missing > 0) {
    progress.say(`  ${count(missing)} of ${pluralize(split.indices.length, 'picture')} without a caption`);
  }
  progress.fact('captions', facts);
}

/**
 * Reads every picture of some splits, and tells which cannot be, and whether a run would stop at that.
 *
 * @param maxBadShare - Share of the pictures of a split that a run passes over, its setting `data.maxBadShare`.
 * @returns Those that cannot be read, which is the fact `unreadable`.
 */
export async function tellUnreadable(
  splits: readonly DataSplit[],
  maxBadShare: number,
  progress: Progress,
): Promise<SkippedFile[]> {
  const all: SkippedFile[] = [];
  for (const split of splits) {
    const total = split.indices.length;
    const started = wallClock();
    const found = await unreadablePictures(split, (done) =>
      progress.part(`Reading pictures (${split.title})`, done, total),
    );
    const time = duration(wallClock() - started);
    progress.say(
      `Read ${pluralize(total, 'picture')} (${split.title}) in ${time}; ${count(found.length)} unreadable`,
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

/** Pictures whose files are looked at to tell the bytes of all. */
const sampledFiles = 64;

/**
 * Tells about how many bytes of pictures a training reads; as the fact `readBytes` too. Nothing where pictures are no files.
 *
 * @param examples - Examples that it reads in all.
 */
export async function tellReading(split: DataSplit, examples: number, progress: Progress): Promise<void> {
  const { dataset, indices } = limited(split, sampledFiles);
  const files = await Promise.all(Array.from(indices, async (index) => dataset.imageBytes?.(index)));
  const sizes = files.flatMap((bytes) => bytes?.length ?? []);
  if (sizes.length === 0) return;
  const each = sizes.reduce((sum, size) => sum + size, 0) / sizes.length;
  progress.say(`Reading: about ${((each * examples) / 1e9).toPrecision(3)} GB of pictures in all`);
  progress.fact('readBytes', Math.round(each * examples));
}
