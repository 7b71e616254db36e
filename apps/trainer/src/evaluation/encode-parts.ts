import type { M3aeConfig } from '@m3ae/transformer';
import type { NdArray, Tree } from '@m3ae/tree';
import type { TrainerConfig } from '../config/schema.js';
import { engineOf } from '../run/engine.js';
import { evaluationLoader } from '../run/loaders.js';
import type { Part } from '../run/parts.js';
import type { Progress } from '../run/progress.js';
import type { ChannelStatistics } from '../run/statistics.js';
import { streamsOf } from '../run/streams.js';
import type { Vocabulary } from '../run/vocabulary.js';
import {
  featurePath,
  partFingerprint,
  readFeatures,
  type StoredFeatures,
  writeFeatures,
} from './feature-cache.js';
import { createEncoder, encodedNames, type Encoder, type MakeFeatures, partFeatures } from './features.js';
import { pooledPixels } from './pixels.js';

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

/** A part with its features. */
export interface Encoded {
  readonly part: Part;
  readonly features: StoredFeatures;
}

/** Who makes features: the encoder `cls` and `mean`, the pictures themselves `pixels`. */
export type FeatureMaker = 'encoder' | 'pixels';

const namesOf = (maker: FeatureMaker, { config }: Encodable): readonly string[] =>
  maker === 'encoder' ? encodedNames(config.method) : ['pixels'];

function pathOf({ folder, weights, config, statistics }: Encodable, maker: FeatureMaker, part: Part) {
  const owner = maker === 'encoder' ? weights.slice(0, 16) : 'pixels';
  return folder === null ? null : featurePath(folder, owner, partFingerprint(part, config, statistics));
}

/** Both kinds of features of one batch, so that pictures are read once. */
function makeAll(encoder: Encoder | null, pixels: boolean, { config, model }: Encodable): MakeFeatures {
  return async (patches) => {
    const encoded = await encoder?.encode(patches);
    return {
      ...(encoded &&
        Object.fromEntries(encodedNames(config.method).map((name) => [name, encoded[name]!.data]))),
      ...(pixels && { pixels: pooledPixels(patches, config.image.patchSize, model.channels) }),
    };
  };
}

async function encodePart(
  run: Encodable,
  part: Part,
  make: MakeFeatures,
  onProgress: (done: number) => void,
): Promise<StoredFeatures> {
  const loader = evaluationLoader(part, streamsOf(run.config.seed).validation, run);
  try {
    const batchSize = Math.min(run.config.evaluation.batchSize, part.indices.length);
    return await partFeatures(make, { loader, indices: part.indices, batchSize }, onProgress);
  } finally {
    await loader.close();
  }
}

/** Only the named matrices, with the labels. */
function only({ matrices, labels }: StoredFeatures, names: readonly string[]): StoredFeatures {
  return { matrices: Object.fromEntries(names.map((name) => [name, matrices[name]!])), labels };
}

async function stored(run: Encodable, part: Part, maker: FeatureMaker): Promise<StoredFeatures | undefined> {
  const path = pathOf(run, maker, part);
  return path === null ? undefined : readFeatures(path, namesOf(maker, run));
}

/**
 * Features of some parts: those kept in the run folder, and the others made and kept.
 *
 * The frozen encoder sees whole pictures, without text and with nothing hidden.
 */
export async function encodeParts(
  run: Encodable,
  parts: readonly Part[],
  makers: readonly FeatureMaker[],
  progress: Progress,
): Promise<Encoded[]> {
  let encoder: Encoder | null = null;
  const total = parts.reduce((sum, { indices }) => sum + indices.length, 0);
  const result: Encoded[] = [];
  let done = 0;
  for (const part of parts) {
    const found = new Map<FeatureMaker, StoredFeatures>();
    for (const maker of makers) {
      const kept = await stored(run, part, maker);
      if (kept !== undefined) found.set(maker, kept);
    }
    const lacking = makers.filter((maker) => !found.has(maker));
    if (lacking.length > 0) {
      if (lacking.includes('encoder')) {
        encoder ??= createEncoder(run.config.method, run.model, run.params, engineOf(run.config));
      }
      const make = makeAll(lacking.includes('encoder') ? encoder : null, lacking.includes('pixels'), run);
      const made = await encodePart(run, part, make, (count) =>
        progress.part('Encoding pictures', done + count, total),
      );
      for (const maker of lacking) {
        const features = only(made, namesOf(maker, run));
        found.set(maker, features);
        const path = pathOf(run, maker, part);
        if (path !== null) await writeFeatures(path, features);
      }
    }
    done += part.indices.length;
    const all = [...found.values()];
    const matrices = Object.assign({}, ...all.map((one) => one.matrices)) as StoredFeatures['matrices'];
    result.push({ part, features: { matrices, labels: all[0]!.labels } });
  }
  await (encoder as Encoder | null)?.dispose();
  return result;
}
