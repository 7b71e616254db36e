import type { Runner } from '@m3ae/compile';
import type { RngKey } from '@m3ae/random';
import { linearEngine } from './linear/linear-engine.js';
import { linearProbe, neighborProbe } from './chosen-probes.js';
import { runnerProduct } from '../product.js';
import type { ReferenceProbeOptions } from './reference/reference-probe-types.js';
import { referenceProbe } from './reference/reference-probe.js';
import type {
  FeatureName,
  NeighborResults,
  ProbeResults,
  ReferenceProbeResults,
} from './classifier-results.js';
import { classify, shareByTest, sharesOf } from './classifiers.js';
import type { Evaluator, OnProgress } from '../evaluator.js';

/** What every classifier on features is told. */
export interface ClassifierOptions<Name extends string = FeatureName> {
  /** Kinds of features, each of them in every split. */
  readonly features: readonly Name[];
  readonly runner: Runner;
  /** Told how many kinds of features are done. */
  readonly onProgress?: OnProgress;
}

/**
 * Logistic regression on frozen features; its penalty is chosen on the validation split alone.
 *
 * @param options - `l2`: the penalties tried, as {@link linearProbe} takes them.
 *
 * @example
 * ```ts
 * const probe = probeEvaluator({ features: ['mean'], l2: [0.1, 0.01], runner: createRunner() });
 * probe.headline(await probe.run(splits)); // { test: 0.81 }
 * ```
 */
export function probeEvaluator<Name extends string = FeatureName>({
  features,
  l2,
  runner,
  onProgress,
}: ClassifierOptions<Name> & { readonly l2: readonly number[] }): Evaluator<ProbeResults<Name>> {
  return {
    name: 'probe',
    async run(splits) {
      const engine = linearEngine(runner);
      return classify(splits, features, {
        probe: (parts, classes) => linearProbe(parts, classes, l2, engine),
        settingOf: ({ chosen }) => ({ l2: chosen }),
        onProgress,
      }).finally(() => engine.dispose());
    },
    headline: shareByTest,
  };
}

/**
 * Votes of the nearest training examples; their number is chosen on the validation split alone.
 *
 * @param options - `counts`: the numbers tried, as {@link neighborProbe} takes them.
 */
export function neighborEvaluator<Name extends string = FeatureName>({
  features,
  counts,
  runner,
  onProgress,
}: ClassifierOptions<Name> & { readonly counts: readonly number[] }): Evaluator<NeighborResults<Name>> {
  return {
    name: 'knn',
    async run(splits) {
      const { product, dispose } = runnerProduct(runner);
      return classify(splits, features, {
        probe: (parts, classes) => neighborProbe(parts, classes, counts, product),
        settingOf: ({ chosen }) => ({ neighbors: chosen }),
        onProgress,
      }).finally(dispose);
    },
    headline: shareByTest,
  };
}

/**
 * The linear probe of the reference: batch normalization and LARS. Its figures are those after the last epoch; those of
 * the epoch that is best on the validation split, which the reference tells, stand beside.
 *
 * @param options - `probe`: as {@link referenceProbe} takes it; `key`: of the order of the examples.
 */
export function referenceProbeEvaluator<Name extends string = FeatureName>({
  features,
  probe,
  key,
  runner,
  onProgress,
}: ClassifierOptions<Name> & {
  readonly probe: ReferenceProbeOptions;
  readonly key: RngKey;
}): Evaluator<ReferenceProbeResults<Name>> {
  return {
    name: 'probe-reference',
    run: (splits) =>
      classify(splits, features, {
        async probe(parts, classes) {
          const { last, best } = await referenceProbe(parts, classes, probe, { runner, key });
          return { ...last, best };
        },
        settingOf: ({ epoch, best }) => ({
          epochs: epoch,
          best: { epoch: best.epoch, validation: best.validation, tests: sharesOf(best.tests) },
        }),
        onProgress,
      }),
    headline: shareByTest,
  };
}
