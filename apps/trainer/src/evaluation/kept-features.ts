import type { EvaluationPeers } from '@m3ae/evaluation';
import type { EncodedExamples } from '@m3ae/evaluation/features';
import type { FeatureName } from '@m3ae/evaluation/probe';
import type { ChannelStatistics } from '@m3ae/preprocess';
import { featurePath, partFingerprint, readFeatures, writeFeatures } from '@m3ae/runs';
import type { M3aeConfig } from '@m3ae/transformer';
import type { NdArray, Tree } from '@m3ae/tree';
import type { TrainerConfig } from '../config/schema.js';
import type { Part } from '../run/parts.js';
import type { Vocabulary } from '../run/vocabulary.js';

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
  /** The ranks that share the work; left out, this process is alone. */
  readonly peers?: EvaluationPeers;
}

/** Who makes features: the encoder `cls`, `mean` and perhaps `logits`, the pictures themselves `pixels`. */
export type FeatureMaker = 'encoder' | 'pixels';

/** Who makes some features. */
export function makersOf(names: readonly FeatureName[]): FeatureMaker[] {
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
export async function readKept(
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
export async function keep(
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
