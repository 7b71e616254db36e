import type { Runner } from '@m3ae/compile';
import type { Loader } from '@m3ae/datasets';
import type { M3aeConfig } from '@m3ae/transformer';
import type { NdArray, Tree } from '@m3ae/tree';
import { encodePictures } from '../features/encode.js';
import { encoderProgram } from '../features/encoder.js';
import type { EvaluationPeers } from '../batches.js';
import { runnerProduct } from '../product.js';
import { linearProbe, neighborProbe, type ProbeSplits } from './chosen-probes.js';
import { linearEngine } from './linear/linear-engine.js';

/** Pictures with classes, read anew at each measurement. */
export interface ProbedPictures {
  /** Gives a loader of whole pictures, which is closed after use. */
  open(): Loader;
  readonly indices: Int32Array;
}

/** Options of {@link trainingProbe}. */
export interface TrainingProbeOptions {
  /** Runs the encoder. */
  readonly runner: Runner;
  /** Fits the classifiers; in float32, as a search for a minimum does not come to rest in less. */
  readonly fitting: Runner;
  readonly model: M3aeConfig;
  readonly classNames: readonly string[];
  readonly train: ProbedPictures;
  readonly validation: ProbedPictures;
  readonly kinds: readonly ('probe' | 'knn')[];
  /** Counts of neighbors that vote, to choose from. */
  readonly neighbors: readonly number[];
  /** Penalties of the linear classifier, to choose from. */
  readonly l2: readonly number[];
  /** Pictures encoded at once. */
  readonly batchSize: number;
  /** Processes that encode together, all of which call `measure`; rank 0 alone classifies, and the others have no values. */
  readonly peers?: EvaluationPeers;
}

/** Tells during a training how well its encoder names classes. */
export interface TrainingProbe {
  /** Share of the validation part named right, by kind; empty where features are not finite. */
  measure(params: Tree<NdArray>): Promise<Record<string, number>>;
  /** Frees what its engines hold. */
  dispose(): Promise<void>;
}

/**
 * Measures the encoder of a training on the way. It knows no test part: a curve that people look at while they choose must
 * not be its own.
 */
export function trainingProbe(options: TrainingProbeOptions): TrainingProbe {
  const { runner, fitting, model, classNames, train, validation, kinds, batchSize, peers } = options;
  const program = encoderProgram(runner, model);
  const { product, dispose: disposeProduct } = runnerProduct(fitting);
  const linear = linearEngine(fitting);
  const encode = async (params: Tree<NdArray>, { open, indices }: ProbedPictures) => {
    const loader = open();
    const make = async (patches: NdArray) => ({ mean: (await program.run(params, patches)).mean.data });
    const encoding = encodePictures(make, loader, indices, batchSize, undefined, peers);
    const { features, labels } = await encoding.finally(() => loader.close());
    return { features: features.mean!, labels };
  };
  const classify = {
    probe: (parts: ProbeSplits) => linearProbe(parts, classNames, options.l2, linear),
    knn: (parts: ProbeSplits) => neighborProbe(parts, classNames, options.neighbors, product),
  };
  return {
    async measure(params) {
      const learned = await encode(params, train);
      const chosenOn = await encode(params, validation);
      if (peers !== undefined && peers.rank > 0) return {};
      // A training that has diverged is ended by its loss, not by what looks on.
      if (![learned, chosenOn].every(({ features }) => features.data.every(Number.isFinite))) return {};
      const values: Record<string, number> = {};
      for (const kind of kinds) {
        const found = await classify[kind]({ train: learned, validation: chosenOn, tests: {} });
        values[kind] = found.validation.value;
      }
      return values;
    },
    dispose: async () => void (await Promise.all([program.dispose(), disposeProduct(), linear.dispose()])),
  };
}
