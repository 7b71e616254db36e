import { mostBadFiles } from '@m3ae/datasets';
import type { EncodedSplit, EncodedSplits } from '@m3ae/evaluation';
import type { FeatureName } from '@m3ae/evaluation/probe';
import { encodePictures, encoderProgram, type MakeFeatures, pooledPixels } from '@m3ae/evaluation/features';
import { listSome, pluralize, unusable } from '@m3ae/errors';
import type { Progress } from '@m3ae/logging';
import type { TrainerConfig } from '../config/schema.js';
import { engineOf } from '../run/engine.js';
import { evaluationLoader } from '../run/loaders.js';
import type { Part } from '../run/parts.js';
import type { Sources } from '../run/sources.js';
import { streamsOf } from '../run/streams.js';
import { type Encodable, keep, makersOf, readKept } from './kept-features.js';
import { labelledParts } from './labelled-parts.js';

/** A part with its features: of its examples, those that could be read. */
export interface EncodedPart extends EncodedSplit {
  readonly indices: Int32Array;
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
 * Refuses what the loader of one rank cannot: it meets the bad pictures of its own share alone.
 *
 * @throws InvalidInput if more pictures than `data.maxBadShare` cannot be read.
 */
function refuseBadOfAllRanks(
  { title, indices }: Part,
  read: Int32Array,
  { data: { maxBadShare } }: TrainerConfig,
): void {
  const bad = indices.length - read.length;
  if (bad <= mostBadFiles(indices.length, maxBadShare)) return;
  throw unusable([
    `The part "${title}" must hold pictures that can be read; received ${bad} of ${indices.length} that cannot, more than data.maxBadShare ${maxBadShare} allows. Mend or remove them, or raise it.`,
  ]);
}

/**
 * Features of some parts: those kept in the run folder, and the others made and kept.
 *
 * The frozen encoder sees whole pictures, without text and with nothing hidden. Pictures that cannot be read are left
 * out and told; more of them than `data.maxBadShare` of a part end it.
 *
 * @returns On a rank other than 0, without the parts that rank 0 had kept.
 */
export async function encodeParts(
  run: Encodable,
  parts: readonly Part[],
  names: readonly FeatureName[],
  progress: Progress,
): Promise<EncodedPart[]> {
  const { config, model, params, peers } = run;
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
  const encode = async (part: Part, before: number) => {
    const loader = evaluationLoader(part, streamsOf(config.seed).validation, run);
    const tell = (count: number) => progress.part('Encoding pictures', before + count, total);
    const { batchSize } = config.evaluation;
    const found = await encodePictures(make, loader, part.indices, batchSize, tell, peers).finally(() =>
      loader.close(),
    );
    refuseBadOfAllRanks(part, found.indices, config);
    return found;
  };
  const result: EncodedPart[] = [];
  let done = 0;
  try {
    for (const part of parts) {
      const leads = peers === undefined || peers.rank === 0;
      const kept = leads ? await readKept(run, part, makers) : undefined;
      const [isKept] = (await peers?.gather(kept !== undefined)) ?? [];
      done += part.indices.length;
      if (isKept && !leads) continue;
      const found = kept ?? (await encode(part, done - part.indices.length));
      const { name, title, note } = part;
      result.push({ name, title, note, ...found, ...tellUnreadable(part, found.indices, progress) });
      if (kept === undefined && leads) await keep(run, part, makers, found);
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
