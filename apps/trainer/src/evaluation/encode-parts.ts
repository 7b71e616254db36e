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
import { readPart } from './read-part.js';

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
  /** Of its examples, those that could be read: a row each. */
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
function only({ matrices, ...rows }: StoredFeatures, names: readonly string[]): StoredFeatures {
  return { matrices: Object.fromEntries(names.map((name) => [name, matrices[name]!])), ...rows };
}

/** Features of all makers side by side; nothing where one of them lacks, as then the pictures are read anyway. */
async function stored(
  run: Encodable,
  part: Part,
  makers: readonly FeatureMaker[],
): Promise<StoredFeatures | undefined> {
  const found: StoredFeatures[] = [];
  for (const maker of makers) {
    const path = pathOf(run, maker, part);
    const features = path === null ? undefined : await readFeatures(path, namesOf(maker, run));
    if (features === undefined) return undefined;
    found.push(features);
  }
  const { labels, indices } = found[0]!;
  if (found.some((features) => features.indices.length !== indices.length)) return undefined;
  const matrices = Object.assign({}, ...found.map((one) => one.matrices)) as StoredFeatures['matrices'];
  return { matrices, labels, indices };
}

/** Keeps new features, a file for each maker. */
async function store(
  run: Encodable,
  part: Part,
  makers: readonly FeatureMaker[],
  features: StoredFeatures,
): Promise<void> {
  for (const maker of makers) {
    const path = pathOf(run, maker, part);
    if (path !== null) await writeFeatures(path, only(features, namesOf(maker, run)));
  }
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
  makers: readonly FeatureMaker[],
  progress: Progress,
): Promise<Encoded[]> {
  let encoder: Encoder | null = null;
  const total = parts.reduce((sum, { indices }) => sum + indices.length, 0);
  const result: Encoded[] = [];
  let done = 0;
  for (const part of parts) {
    let features = await stored(run, part, makers);
    const fresh = features === undefined;
    if (features === undefined) {
      if (makers.includes('encoder')) {
        encoder ??= createEncoder(run.config.method, run.model, run.params, engineOf(run.config));
      }
      const make = makeAll(encoder, makers.includes('pixels'), run);
      features = await encodePart(run, part, make, (count) =>
        progress.part('Encoding pictures', done + count, total),
      );
    }
    const read = readPart(part, features.indices, progress);
    if (fresh) await store(run, part, makers, features);
    done += part.indices.length;
    result.push({ part: read, features });
  }
  await (encoder as Encoder | null)?.dispose();
  return result;
}
