import {
  joinColumns,
  linearEngine,
  linearProbe,
  neighbourProbe,
  type ProbeParts,
  runnerProduct,
} from '@m3ae/evaluation';
import type { Part } from '../run/parts.js';
import type { PartFeatures } from './features.js';
import type { Engine } from '../run/engine.js';
import type { EvaluationResult, FeatureResult } from './types.js';

/** A part with its features. */
export interface Encoded {
  readonly part: Part;
  readonly features: PartFeatures;
}

/** What {@link evaluate} compares. */
export interface EvaluationParts {
  readonly train: Encoded;
  readonly validation: Encoded;
  readonly tests: readonly Encoded[];
}

/** What is tried on the validation part. */
export interface EvaluationSettings {
  readonly neighbours: readonly number[];
  readonly strengths: readonly number[];
}

type FeatureName = 'mean' | 'cls' | 'both' | 'pixels';

const kinds = [
  { key: 'mean', name: 'M3AE encoder, mean of the patch tokens', learned: true },
  { key: 'cls', name: 'M3AE encoder, CLS token', learned: true },
  { key: 'both', name: 'M3AE encoder, both', learned: true },
  { key: 'pixels', name: 'raw pixels', learned: false },
] as const;

function probeParts({ train, validation, tests }: EvaluationParts, name: FeatureName): ProbeParts {
  const of = ({ features }: Encoded) => ({
    features: name === 'both' ? joinColumns(features.mean, features.cls) : features[name],
    labels: features.labels,
  });
  return {
    train: of(train),
    validation: of(validation),
    tests: Object.fromEntries(tests.map((test) => [test.part.name, of(test)])),
  };
}

/** Share of the most frequent training class among some labels. */
function majorityShare(training: Int32Array, labels: Int32Array, classes: number): number {
  const counts = new Float64Array(classes);
  training.forEach((label) => counts[label]!++);
  const most = counts.indexOf(Math.max(...counts));
  return labels.filter((label) => label === most).length / Math.max(1, labels.length);
}

/**
 * Measures the frozen encoder and raw pixels with the same two classifiers. Settings are chosen on the
 * validation part alone; each test part is looked at once.
 */
export async function evaluate(
  parts: EvaluationParts,
  { neighbours, strengths }: EvaluationSettings,
  engine: Engine,
): Promise<EvaluationResult> {
  const { product, dispose } = runnerProduct(engine);
  const linear = linearEngine(engine);
  const classes = parts.train.part.dataset.classNames!.length;
  const features: FeatureResult[] = [];
  for (const { key, name, learned } of kinds) {
    const probed = probeParts(parts, key);
    features.push({
      name,
      learned,
      dimensions: probed.train.features.columns,
      linear: await linearProbe(probed, classes, strengths, linear),
      neighbours: await neighbourProbe(probed, classes, neighbours, product),
    });
  }
  await Promise.all([dispose(), linear.dispose()]);
  const training = parts.train.features.labels;
  return {
    classes: new Set(training).size,
    trainExamples: training.length,
    tests: parts.tests.map(({ part }) => ({
      key: part.name,
      name: part.title,
      note: part.note,
      length: part.indices.length,
    })),
    majority: Object.fromEntries(
      parts.tests.map(({ part, features: { labels } }) => [
        part.name,
        majorityShare(training, labels, classes),
      ]),
    ),
    features,
  };
}

/** The learned features that a linear classifier does best with on the validation part. */
export function bestLearned({ features }: EvaluationResult): FeatureResult {
  const learned = features.filter((feature) => feature.learned);
  return learned.reduce((best, next) =>
    next.linear.validation.value > best.linear.validation.value ? next : best,
  );
}
