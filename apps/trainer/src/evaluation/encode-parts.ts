import type { EncodedSplit, EncodedSplits } from '@m3ae/evaluation';
import type { FeatureName } from '@m3ae/evaluation/probe';
import {
  type EncodedExamples,
  encodePictures,
  encoderProgram,
  type MakeFeatures,
  pooledPixels,
} from '@m3ae/evaluation/features';
import { listSome, pluralize, unusable } from '@m3ae/errors';
import type { M3aeConfig } from '@m3ae/transformer';
import type { NdArray, Tree } from '@m3ae/tree';
import type { Progress } from '@m3ae/logging';
import { featurePath, partFingerprint, readFeatures, writeFeatures } from '@m3ae/runs';
import type { TrainerConfig } from '../config/schema.js';
import { engineOf } from '../run/engine.js';
import { evaluationLoader } from '../run/loaders.js';
import type { Part } from '../run/parts.js';
import type { Sources } from '../run/sources.js';
import type { ChannelStatistics } from '@m3ae/preprocess';
import { streamsOf } from '../run/streams.js';
import type { Vocabulary } from '../run/vocabulary.js';
import { labelledParts } from './labelled-parts.js';

/** What is needed of a run to encode pictures. */
export interface Encodable {
  /** Where features are kept; null keeps none. */
  readonly folder: string | null;
  readonly weights: string;
  readonly config: TrainerConfig;
  readonly model: M3aeConfig;
  readonly params: Tree<NdArray>;
  readonly vocabulary: Vocabulary;
  readonly statistics: ChannelStatistics;
}

/** A part with its features: of its examples, those that could be read. */
export interface EncodedPart extends EncodedSplit {
  readonly indices: Int32Array;
}

/** Who makes features: the encoder `cls`, `mean` and perhaps `logits`, the pictures themselves `pixels`. */
type FeatureMaker = 'encoder' | 'pixels';

/** Who makes some features. */
function makersOf(names: readonly FeatureName[]): FeatureMaker[] {
  const learned = names.some((name) => name !== 'pixels');
  return [...(learned ? ['encoder' as const] : []), ...(names.includes('pixels') ? ['pixels' as const] : [])];
}

function namesOf(maker: FeatureMaker, { config }: Encodable): readonly string[] {
  if (maker === 'pixels') return ['pixels'];
  return config.method === 'supervised' ? ['cls', 'mean', 'logits'] : ['cls', 'mean'];
}

function pathOf({ folder, weights, config, statistics }: Encodable, maker: FeatureMaker, part: Part) {
  const owner = maker === 'encoder' ? weights.slice(0, 16) : 'pixels';
  return folder === null
    ? null
    : featurePath(folder, owner, partFingerprint(part, { ...config.image, ...statistics }));
}

/** Only the named matrices, with the labels. */
function only({ features, ...rows }: EncodedExamples, names: readonly string[]): EncodedExamples {
  return { features: Object.fromEntries(names.map((name) => [name, features[name]!])), ...rows };
}

/** Features of all makers side by side; nothing where one of them lacks, as then the pictures are read anyway. */
async function stored(
  run: Encodable,
  part: Part,
  makers: readonly FeatureMaker[],
): Promise<EncodedExamples | undefined> {
  const found: EncodedExamples[] = [];
  for (const maker of makers) {
    const path = pathOf(run, maker, part);
    const features = path === null ? undefined : await readFeatures(path, namesOf(maker, run));
    if (features === undefined) return undefined;
    found.push(features);
  }
  const { labels, indices } = found[0]!;
  if (found.some((one) => one.indices.length !== indices.length)) return undefined;
  return { features: Object.assign({}, ...found.map(({ features }) => features)), labels, indices };
}

/** Keeps new features, a file for each maker. */
async function store(
  run: Encodable,
  part: Part,
  makers: readonly FeatureMaker[],
  features: EncodedExamples,
): Promise<void> {
  for (const maker of makers) {
    const path = pathOf(run, maker, part);
    if (path !== null) await writeFeatures(path, only(features, namesOf(maker, run)));
  }
}

/**
 * How many examples of a part cannot be read, absent where there are none. What is left out is told: how many, and
 * which.
 *
 * @param read - Examples whose pictures could be decoded.
 * @throws InvalidInput if there are none.
 */
export function tellUnreadable(
  { title, dataset, indices }: Part,
  read: Int32Array,
  progress: Progress,
): { readonly unreadable?: number } {
  const unreadable = indices.length - read.length;
  if (unreadable === 0) return {};
  if (read.length === 0) {
    throw unusable([
      `The part "${title}" must hold a picture that can be read; received ${indices.length} that cannot. "npx @m3ae/trainer data" tells why.`,
    ]);
  }
  const kept = new Set(read);
  const names = Array.from(
    indices.filter((index) => !kept.has(index)),
    (index) => dataset.describe(index),
  );
  progress.say(
    `${pluralize(unreadable, 'picture')} of ${indices.length} (${title}) cannot be read and ${unreadable === 1 ? 'is' : 'are'} left out: ${listSome(names, 5)}.`,
  );
  return { unreadable };
}

/**
 * Features of some parts: those kept in the run folder, and the others made and kept.
 *
 * The frozen encoder sees whole pictures, without text and with nothing hidden. Pictures that cannot be read are left
 * out and told; more of them than `data.maxBadShare` of a part end it.
 */
export async function encodeParts(
  run: Encodable,
  parts: readonly Part[],
  names: readonly FeatureName[],
  progress: Progress,
): Promise<EncodedPart[]> {
  const { config, model, params } = run;
  const makers = makersOf(names);
  const total = parts.reduce((sum, { indices }) => sum + indices.length, 0);
  const encoder = makers.includes('encoder') ? encoderProgram(engineOf(config), model) : null;
  // Both kinds of features of a batch, so that pictures are read once.
  const make: MakeFeatures = async (patches) => {
    const encoded = Object.entries((await encoder?.run(params, patches)) ?? {});
    return {
      ...Object.fromEntries(encoded.map(([name, { data }]) => [name, data])),
      ...(makers.includes('pixels') && {
        pixels: pooledPixels(patches, config.image.patchSize, model.channels),
      }),
    };
  };
  const encode = (part: Part, before: number) => {
    const loader = evaluationLoader(part, streamsOf(config.seed).validation, run);
    return encodePictures(make, loader, part.indices, config.evaluation.batchSize, (count) =>
      progress.part('Encoding pictures', before + count, total),
    ).finally(() => loader.close());
  };
  const result: EncodedPart[] = [];
  let done = 0;
  try {
    for (const part of parts) {
      const kept = await stored(run, part, makers);
      const found = kept ?? (await encode(part, done));
      const { name, title, note } = part;
      result.push({ name, title, note, ...found, ...tellUnreadable(part, found.indices, progress) });
      if (kept === undefined) await store(run, part, makers, found);
      done += part.indices.length;
    }
  } finally {
    await encoder?.dispose();
  }
  return result;
}

/**
 * Features of the parts that classifiers learn from, are chosen on and measured on.
 *
 * @throws InvalidInput if the pictures have no classes, or a part is empty.
 */
export async function encodeLabelled(
  run: Encodable,
  sources: Sources,
  names: readonly FeatureName[],
  progress: Progress,
): Promise<EncodedSplits> {
  const { train, validation, tests } = labelledParts(sources, run.config);
  const [first, second, ...others] = await encodeParts(run, [train, validation, ...tests], names, progress);
  return { classNames: train.dataset.classNames!, train: first!, validation: second!, tests: others };
}
