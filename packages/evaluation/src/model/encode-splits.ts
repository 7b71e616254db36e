import { type DataSplit, defaultMaxBadShare, mostBadFiles } from '@m3ae/datasets';
import { listSome, pluralize, throwFaults, unusable } from '@m3ae/errors';
import type { EncodedSplit, EncodedSplits } from '../evaluator.js';
import { type EncodedExamples, encodePictures } from '../features/encode.js';
import { pooledPixels } from '../features/pooling.js';
import type { EvaluationPeers } from '../peers.js';
import type { FeatureName } from '../probe/classifier-results.js';
import { classificationFault, type LabeledSplits, openSplit } from './data-split.js';
import { featurePath, readFeatures, writeFeatures } from './feature-files.js';
import { encodeBatch, type PictureEncoder } from './picture-encoder.js';

/** Where an evaluation tells how it goes. */
export interface EvaluationLog {
  /** A sentence for a person. */
  say(text: string): void;
  /** How far one part of the work has come. */
  part(name: string, done: number, total: number): void;
}

/** How examples of a split are read. */
export interface ReadOptions {
  /** Examples at a time. Default 64. */
  readonly batchSize?: number;
  /** Share of a split that may be unreadable before it ends the evaluation. Default 0.01. */
  readonly maxBadShare?: number;
  /** Processes that share the batches. */
  readonly peers?: EvaluationPeers;
  readonly log?: EvaluationLog;
}

/** Options of {@link encodeSplits}. */
export interface EncodeOptions extends ReadOptions {
  /** Where features are kept for later; left out, none are. */
  readonly folder?: string;
}

/** A split with its features: of its examples, those that could be read. */
export interface EncodedDataSplit extends EncodedSplit {
  readonly title: string;
  /** Which example of the dataset each row is of. */
  readonly indices: Int32Array;
}

/** A maker of features: its file, and what stands in it. */
interface Maker {
  readonly name: string;
  readonly features: readonly string[];
}

function makersOf(names: readonly FeatureName[], { weights, features }: PictureEncoder): Maker[] {
  return [
    ...(names.some((name) => name !== 'pixels') ? [{ name: weights.slice(0, 16), features }] : []),
    ...(names.includes('pixels') ? [{ name: 'pixels', features: ['pixels'] }] : []),
  ];
}

/** Features of all makers side by side; nothing where one of them lacks, as then the pictures are read anyway. */
async function readKept(
  paths: readonly string[],
  makers: readonly Maker[],
): Promise<EncodedExamples | undefined> {
  const found: EncodedExamples[] = [];
  for (const [at, path] of paths.entries()) {
    const features = await readFeatures(path, makers[at]!.features);
    if (features === undefined) return undefined;
    found.push(features);
  }
  const [first] = found;
  if (!first || found.some((one) => one.indices.length !== first.indices.length)) return undefined;
  return { ...first, features: Object.assign({}, ...found.map(({ features }) => features)) };
}

/**
 * How many examples of a split cannot be read, absent where there are none. What is left out is told: how many, and which.
 *
 * @param read - Examples whose pictures could be decoded.
 * @throws InvalidInput if there are none.
 */
export function tellUnreadable(
  { title, dataset, indices }: DataSplit,
  read: Int32Array,
  log?: EvaluationLog,
): { readonly unreadable?: number } {
  const unreadable = indices.length - read.length;
  if (unreadable === 0) return {};
  if (read.length === 0) {
    throw unusable([
      `The split "${title}" must hold a picture that can be read; received ${indices.length} that cannot. Look at one of them.`,
    ]);
  }
  const kept = new Set(read);
  const names = Array.from(
    indices.filter((index) => !kept.has(index)),
    (index) => dataset.describe(index),
  );
  log?.say(
    `${pluralize(unreadable, 'picture')} of ${indices.length} (${title}) cannot be read and ${unreadable === 1 ? 'is' : 'are'} left out: ${listSome(names, 5)}.`,
  );
  return { unreadable };
}

/** Refuses what the loader of one process cannot: it meets the bad pictures of its own share alone. */
function refuseBadOfAll({ title, indices }: DataSplit, read: Int32Array, maxBadShare: number): void {
  const bad = indices.length - read.length;
  if (bad <= mostBadFiles(indices.length, maxBadShare)) return;
  throw unusable([
    `The split "${title}" must hold pictures that can be read; received ${bad} of ${indices.length} that cannot, more than maxBadShare ${maxBadShare} allows. Mend or remove them, or raise it.`,
  ]);
}

/**
 * Features of some splits: those that are kept, and the others made and kept. Pictures that cannot be read are left out and
 * told; more of them than `maxBadShare` of a split end it.
 *
 * @param names - `both` is `mean` and `cls` side by side; `pixels` are raw, and need no model.
 * @returns On a process other than the first of `peers`, without the splits that the first had kept.
 */
export async function encodeSplits(
  encoder: PictureEncoder,
  splits: readonly DataSplit[],
  names: readonly FeatureName[],
  { batchSize = 64, maxBadShare = defaultMaxBadShare, folder, peers, log }: EncodeOptions = {},
): Promise<EncodedDataSplit[]> {
  const { image } = encoder;
  const makers = makersOf(names, encoder);
  const [learned, pixels] = [makers.some(({ name }) => name !== 'pixels'), names.includes('pixels')];
  const total = splits.reduce((sum, { indices }) => sum + indices.length, 0);
  const encode = async (split: DataSplit, before: number) => {
    const loader = openSplit({ image }, split, maxBadShare);
    const found = await encodePictures(
      // Both kinds of features of a batch, so that pictures are read once.
      async (patches) => ({
        ...(learned && (await encodeBatch(encoder, patches))),
        ...(pixels && { pixels: pooledPixels(patches, image.patchSize, image.mean.length) }),
      }),
      loader,
      split.indices,
      batchSize,
      (count) => log?.part('Encoding pictures', before + count, total),
      peers,
    ).finally(() => loader.close());
    refuseBadOfAll(split, found.indices, maxBadShare);
    return found;
  };
  const leads = peers === undefined || peers.rank === 0;
  const encoded: EncodedDataSplit[] = [];
  let done = 0;
  for (const split of splits) {
    const { name, title, note, indices } = split;
    const paths =
      folder === undefined ? [] : makers.map((one) => featurePath(folder, one.name, split, image));
    const kept = leads ? await readKept(paths, makers) : undefined;
    const [isKept] = (await peers?.gather(kept !== undefined)) ?? [];
    done += indices.length;
    if (isKept && !leads) continue;
    const found = kept ?? (await encode(split, done - indices.length));
    encoded.push({ name, title, note, ...found, ...tellUnreadable(split, found.indices, log) });
    if (kept !== undefined || !leads) continue;
    for (const [at, path] of paths.entries()) await writeFeatures(path, found, makers[at]!.features);
  }
  return encoded;
}

/**
 * Features of the splits that classifiers learn from, are chosen on and measured on: what `probeEvaluator` and its like take.
 *
 * @throws InvalidInput if the pictures have no classes, or a split is empty.
 *
 * @example
 * ```ts
 * const encoder = pictureEncoderOf(model, createRunner());
 * const splits = await encodeLabeled(encoder, { train, validation, tests: [test] }, ['mean', 'pixels']);
 * const { best } = await probeEvaluator({ features: ['mean', 'pixels'], strengths: [1, 0.1], runner }).run(splits);
 * ```
 */
export async function encodeLabeled(
  encoder: PictureEncoder,
  splits: LabeledSplits,
  names: readonly FeatureName[],
  options: EncodeOptions = {},
): Promise<EncodedSplits> {
  throwFaults([classificationFault(splits)]);
  const { train, validation, tests } = splits;
  const { labels, classNames } = train.dataset;
  const [first, second, ...others] = await encodeSplits(
    encoder,
    [train, validation, ...tests],
    names,
    options,
  );
  return {
    classNames:
      classNames ?? Array.from({ length: 1 + Math.max(...new Set(labels)) }, (_, label) => `${label}`),
    train: first!,
    validation: second!,
    tests: others,
  };
}
