import { type DuplicatePicture, duplicatePictures, mostBadFiles, unreadablePictures } from '@m3ae/datasets';
import { duration, listSome, pluralize } from '@m3ae/errors';
import type { Progress } from '@m3ae/logging';
import { textTable } from '@m3ae/report';
import { readsText } from '@m3ae/tasks';
import type { TrainerConfig } from '../config/schema.js';
import { wallClock } from './clock.js';
import { skippedLine } from '@m3ae/runs';
import type { SkippedFile } from '@m3ae/runs';
import type { DataSplit } from '@m3ae/evaluation/model';
import { prepare, type Prepared } from './prepare.js';
import { writeWhole } from '@m3ae/checkpoint/files';
import { drawSampleSheet } from './sample-sheet.js';
import { tellNotes } from './tell-notes.js';

/** Files and classes that are listed before the rest is counted. */
const listed = 20;

const count = (value: number) => value.toLocaleString('en');

function tellSplits(parts: readonly DataSplit[], progress: Progress): void {
  for (const { name, title, indices, dataset } of parts) {
    progress.say(`${title}: ${pluralize(indices.length, 'example')} (${dataset.name})`);
    progress.fact(`part.${name}`, { length: indices.length, fingerprint: dataset.fingerprint });
  }
}

/** How many pictures of a class each part has. */
export interface ClassCount {
  readonly name: string;
  /** In the order of the parts. */
  readonly counts: readonly number[];
}

/** Counts the pictures of each class in each part; empty where the pictures have no classes. */
function classCounts(parts: readonly DataSplit[]): ClassCount[] {
  const names = parts[0]?.dataset.classNames ?? [];
  const counts = parts.map(({ dataset: { labels }, indices }) => {
    const found = new Int32Array(names.length);
    if (labels) indices.forEach((index) => found[labels[index]!]!++);
    return found;
  });
  return names.map((name, label) => ({ name, counts: counts.map((of) => of[label]!) }));
}

/** The table of classes that `m3ae data` prints. */
function classLines(parts: readonly DataSplit[]): string[] {
  const all = classCounts(parts);
  if (all.length === 0) return [];
  const rows = all.slice(0, listed).map(({ name, counts }) => [name, ...counts.map(String)]);
  const heads = [`${all.length} classes`, ...parts.map(({ title }) => title)];
  const more = all.length > listed ? [`and ${all.length - listed} more`] : [];
  const unlearned = all.filter(({ counts }) => counts[0] === 0).map(({ name }) => name);
  if (unlearned.length > 0)
    more.push(`without a training picture, so never named: ${listSome(unlearned, 5)}`);
  return ['Classes:', ...[...textTable([heads, ...rows]), ...more].map((line) => `  ${line}`)];
}

/** How long the captions are in word pieces; what there is to say where a method reads none. */
function tellCaptions({ sources: { train }, vocabulary, config }: Prepared, progress: Progress): void {
  if (!readsText(config.method)) {
    progress.say(`Captions: not read, as method "${config.method}" trains on pictures alone`);
    return;
  }
  const captions = Array.from(train.indices, (index) => train.dataset.caption(index));
  const given = captions.filter((caption) => caption !== '');
  progress.say(`Vocabulary: ${pluralize(vocabulary.tokenizer.vocabSize, 'word piece')}`);
  if (given.length === 0) {
    progress.say('Captions: none; the text comes from data.unpairedText');
    return;
  }
  const lengths = given.map((caption) => vocabulary.tokenizer.encode(caption).length).sort((a, b) => a - b);
  const facts = {
    mean: Number((lengths.reduce((total, length) => total + length, 0) / lengths.length).toFixed(1)),
    median: lengths[Math.floor(lengths.length / 2)]!,
    longest: lengths.at(-1)!,
    missing: captions.length - given.length,
  };
  progress.say(
    `Captions: ${facts.mean} word pieces on average, median ${facts.median}, longest ${facts.longest}`,
  );
  if (facts.missing > 0) {
    progress.say(`  ${count(facts.missing)} of ${pluralize(captions.length, 'picture')} without a caption`);
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

/** Counts pictures with the same bytes; those on both sides of a split flatter every figure. */
async function tellDuplicates(
  parts: readonly DataSplit[],
  unreadable: readonly SkippedFile[],
  progress: Progress,
): Promise<void> {
  const groups = await duplicatePictures(parts, new Set(unreadable.map(({ place }) => place)));
  progress.fact('duplicates', groups);
  if (groups.length === 0) return;
  const words = (group: readonly DuplicatePicture[]) => {
    // Where they lie in several parts, one of each is told.
    const other = group.find(({ part }) => part !== group[0]!.part) ?? group[1]!;
    const more = group.length > 2 ? ` (and ${group.length - 2} more)` : '';
    return `${group[0]!.place} = ${other.place}${more}`;
  };
  const surplus = groups.reduce((sum, group) => sum + group.length - 1, 0);
  progress.say(
    `Duplicates: ${pluralize(surplus, 'picture has', 'pictures have')} the bytes of another and ${surplus === 1 ? 'is' : 'are'} kept: ${listSome(groups.map(words), 5)}`,
  );
  const across = groups.filter((group) => new Set(group.map(({ part }) => part)).size > 1);
  if (across.length === 0) return;
  progress.say(
    `  ${pluralize(across.length, 'of these pictures is', 'of these pictures are')} in more than one part, so that what is measured was also trained on or chosen by: ${listSome(across.map(words), 5)}`,
  );
}

/** Draws the sheet, and prints some of what stands on it. */
async function tellSamples(prepared: Prepared, file: string, progress: Progress): Promise<void> {
  const { png, samples, written } = await drawSampleSheet(prepared);
  writeWhole(file, png);
  progress.say('Samples, whether picture, class and caption belong together:');
  const spread = samples.filter((_, at) => at % Math.ceil(samples.length / 5) === 0);
  for (const { place, label, caption } of spread) {
    const words = [
      ...(label === undefined ? [] : [`class ${label}`]),
      ...(readsText(prepared.config.method) ? [caption === '' ? 'no caption' : `"${caption}"`] : []),
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
  await tellDuplicates([train, ...measured], unreadable, progress);
  await tellSamples(prepared, sheet, progress);
}
