import type { Address, Dataset, DatasetSpec } from '@m3ae/datasets';
import { checkOptions, integer, record, withDefault } from '@m3ae/errors/rules';
import { resizeShorterSide, type RgbImage } from '@m3ae/preprocess';
import sharp from 'sharp';
import { damageOf } from '../read-example.js';
import { wordsOf } from '../caption-rules.js';
import { createDuplicateFinder, type PicturePrint, printOf } from '../duplicates.js';
import type { OnPrepareProgress } from '../options.js';
import { inOrder, openSources, type Sources } from '../sources.js';
import { channelsOf, createTally } from '../totals.js';
import {
  createHistogram,
  createProblems,
  histogramEdges,
  type InspectedSample,
  type Inspection,
} from './inspection.js';

/** How sources are looked at. */
export interface InspectOptions {
  /** Pictures that are read, spread evenly. Default 10,000. */
  readonly pictures?: number;
  /** Examples on the contact sheet, spread evenly over those. Default 48. */
  readonly samples?: number;
}

const atLeastOne = integer({ min: 1 }, 'Leave it out for the default.');
const optionsRule = record({
  pictures: withDefault(atLeastOne, 10_000),
  samples: withDefault(atLeastOne, 48),
});

const thumbnailSide = 160;
/** As close as two pictures must be to be told: the same, but for its size and its compression. */
const duplicateBits = 2;

const spread = (count: number, length: number) =>
  Array.from({ length: Math.min(count, length) }, (_, at) =>
    Math.floor((at * length) / Math.min(count, length)),
  );

/**
 * Looks at sources: sizes and shapes of pictures, words of captions, classes, damage, pictures that look alike, and some
 * examples.
 *
 * @throws InvalidInput if a source cannot be opened or holds no pictures, or an option is unknown or out of range; another error if
 * a source cannot be reached.
 *
 * @example
 * ```ts
 * const { pictures } = await inspectSources(['folder:photos'], { pictures: 1000 });
 * pictures.unreadable.count; // how many cannot be decoded
 * ```
 */
export async function inspectSources(
  given: readonly (Address | DatasetSpec | Dataset)[],
  options: InspectOptions = {},
  onProgress: OnPrepareProgress = () => {},
): Promise<Inspection> {
  const { pictures, samples } = checkOptions(optionsRule, options);
  const sources = await openSources(given, onProgress);
  const { parts, length, notes } = sources;
  const texts = inspectTexts(sources);
  const seen = await inspectPictures(sources, spread(pictures, length), samples, onProgress);
  return { sources: parts, examples: length, notes, ...seen, ...texts };
}

function inspectTexts(sources: Sources): Pick<Inspection, 'captions' | 'classes'> {
  const words = createHistogram(histogramEdges.captionWords);
  const classes = new Map((sources.classNames ?? []).map((name) => [name, 0]));
  let [count, missing] = [0, 0];
  for (let index = 0; index < sources.length; index++) {
    const example = sources.at(index);
    const captions = example.captions();
    captions.forEach((caption) => words.add(wordsOf(caption).length));
    count += captions.length;
    if (captions.length === 0) missing++;
    if (example.label !== undefined) classes.set(example.label, classes.get(example.label)! + 1);
  }
  return {
    captions: { count, missing, words: words.finish() },
    classes: Array.from(classes, ([name, count]) => ({ name, count })),
  };
}

async function inspectPictures(
  sources: Sources,
  indices: readonly number[],
  samples: number,
  onProgress: OnPrepareProgress,
): Promise<Pick<Inspection, 'pictures' | 'samples'>> {
  const shorterSides = createHistogram(histogramEdges.shorterSides);
  const aspects = createHistogram(histogramEdges.aspects);
  const [unreadable, duplicates] = [createProblems(), createProblems()];
  const finder = createDuplicateFinder(duplicateBits);
  const tally = createTally();
  const shown: InspectedSample[] = [];
  const sampled = new Set(spread(samples, indices.length));
  const examples = inOrder(0, indices.length, (at) => inspectOne(sources, indices[at]!, sampled.has(at)));
  for await (const [at, { place, seen, reason }] of examples) {
    onProgress('Reading pictures', at + 1, indices.length);
    if (!seen) {
      unreadable.add(place, reason);
      continue;
    }
    const { image, print, sample } = seen;
    shorterSides.add(Math.min(image.width, image.height));
    aspects.add(image.width / image.height);
    tally.keep({ captions: [] }, image);
    const earlier = finder.find(print);
    if (earlier === undefined) finder.add(print, indices[at]!);
    else duplicates.add(place, `looks like ${sources.at(earlier).place}`);
    if (sample) shown.push(sample);
  }
  const totals = tally.totals();
  return {
    pictures: {
      read: totals.examples,
      shorterSides: shorterSides.finish(),
      aspects: aspects.finish(),
      channels: channelsOf(totals),
      unreadable: unreadable.finish(),
      duplicates: duplicates.finish(),
    },
    samples: shown,
  };
}

interface Seen {
  readonly image: RgbImage;
  readonly print: PicturePrint;
  readonly sample?: InspectedSample;
}

async function inspectOne(
  sources: Sources,
  index: number,
  isSample: boolean,
): Promise<{ readonly place: string; readonly seen?: Seen; readonly reason: string }> {
  const { place, label, captions, image: read } = sources.at(index);
  try {
    const image = await read();
    const shared = { place, captions: captions(), ...(label !== undefined && { label }) };
    const sample = isSample ? { ...shared, image: await thumbnail(image) } : undefined;
    return { place, seen: { image, print: printOf(image), ...(sample && { sample }) }, reason: '' };
  } catch (error) {
    return { place, reason: damageOf(error) };
  }
}

async function thumbnail(image: RgbImage): Promise<string> {
  const isLarger = Math.min(image.width, image.height) > thumbnailSide;
  const { data, width, height, channels } = isLarger ? resizeShorterSide(image, thumbnailSide) : image;
  const bytes = await sharp(data, { raw: { width, height, channels } }).jpeg({ quality: 80 }).toBuffer();
  return `data:image/jpeg;base64,${bytes.toString('base64')}`;
}
