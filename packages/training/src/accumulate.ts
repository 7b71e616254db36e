import type { Program, Runner } from '@m3ae/compile';
import { flattenTree, mapTree, type NdArray, scalarArray, type Tree, zerosArray, zipTrees } from '@m3ae/tree';
import { add, type Tensor } from '@tensorflow/tfjs-core';
import { lossGradients } from './gradients.js';
import type { Task } from './task.js';

/** Which micro-batch gradients belong to. */
export interface MicroBatchPlace {
  /** Number of the step, from 0. */
  readonly step: number;
  /** Place of the micro-batch in the step's whole batch, from 0. */
  readonly index: number;
  /** Micro-batches of the whole batch. */
  readonly parts: number;
}

/**
 * Adds the gradients of a micro-batch to the sum, in place.
 *
 * Called for each micro-batch of this process in turn. Where others compute a share of the batch, it exchanges gradients with
 * them; the result is the same bits for any number of them if all micro-batches are added one by one, in the order of their places.
 *
 * @param sum - The gradients so far, one array a parameter in the order of the tree, and the metrics so far as the last.
 * @param gradients - Those of the micro-batch in the same form; each is its share of the whole batch's, so that nothing is
 * left to divide by.
 */
export type ReduceGradients = (
  sum: readonly Float32Array[],
  gradients: readonly Float32Array[],
  place: MicroBatchPlace,
) => void | Promise<void>;

/** Gradients of a batch that comes in parts. */
export interface BatchGradients<HostBatch> {
  /** How many times all parts are asked for. */
  readonly passes: number;
  /**
   * Metrics and gradients of a whole batch.
   *
   * @returns Arrays that the next call writes over.
   */
  of(params: Tree<NdArray>, next: () => HostBatch | Promise<HostBatch>, step: number): Promise<BatchSum>;
  dispose(): Promise<void>;
}

/** Gradients and metrics of a whole batch. */
export interface BatchSum {
  readonly sum: Tree<NdArray>;
  readonly metrics: Readonly<Record<string, NdArray>>;
}

/** What {@link summedGradients} works with. */
export interface AccumulateOptions<TensorBatch> {
  readonly task: Task<unknown, TensorBatch>;
  readonly runner: Runner;
  readonly reduceGradients?: ReduceGradients;
}

/** What a run on one micro-batch gives. */
interface MicroBatchSum<Leaf> {
  readonly sum: Tree<Leaf>;
  readonly metrics: Readonly<Record<string, Leaf>>;
}

/**
 * Gradients of a mean over examples: those of equal micro-batches, each times its share, added up in buffers that stay.
 *
 * @param parts - Micro-batches of a step.
 */
export function summedGradients<HostBatch, TensorBatch>(
  { task, runner, reduceGradients }: AccumulateOptions<TensorBatch>,
  parts: number,
): BatchGradients<HostBatch> {
  const share = 1 / parts;
  const micro = (params: Tree<Tensor>, sum: Tree<Tensor>, batch: TensorBatch): MicroBatchSum<Tensor> => {
    const { metrics, gradients } = lossGradients(task, params, batch, share);
    return { sum: zipTrees(sum, gradients, (a, b) => add(a, b)), metrics };
  };
  let program: Program<MicroBatchSum<NdArray>> | undefined;
  let sum: Tree<NdArray> | undefined;
  let own: Tree<NdArray> | undefined;
  return {
    passes: 1,
    async of(params, next, step) {
      program ??= runner<MicroBatchSum<NdArray>>('micro-batch', micro, [1]);
      sum = emptied(sum, params);
      let names: readonly string[] = [];
      let means: Float32Array | undefined;
      for (let index = 0; index < parts; index++) {
        const batch = await next();
        if (reduceGradients) own = emptied(own, params);
        const result = await program.run(params, own ?? sum, batch);
        names = Object.keys(result.metrics);
        const shares = Float32Array.from(names, (name) => result.metrics[name]!.data[0]! * share);
        means ??= new Float32Array(names.length);
        if (reduceGradients) {
          own = result.sum;
          await reduceGradients([...arraysOf(sum), means], [...arraysOf(own), shares], {
            step,
            index,
            parts,
          });
        } else {
          sum = result.sum;
          shares.forEach((value, i) => (means![i]! += value));
        }
      }
      const metrics = Object.fromEntries(names.map((name, i) => [name, scalarArray(means![i]!)]));
      return { sum, metrics };
    },
    dispose: async () => program?.dispose(),
  };
}

/** Buffers of zeros in the shapes of the parameters: those given, or new ones. */
function emptied(buffers: Tree<NdArray> | undefined, params: Tree<NdArray>): Tree<NdArray> {
  if (buffers === undefined) return mapTree<NdArray, NdArray>(params, ({ shape }) => zerosArray(shape));
  for (const array of arraysOf(buffers)) array.fill(0);
  return buffers;
}

const arraysOf = (tree: Tree<NdArray>) =>
  flattenTree<NdArray>(tree).map(([, { data }]) => data as Float32Array);
