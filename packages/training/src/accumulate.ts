import { disposeArrays, isDeviceArray, type Program, readArrays, type Runner } from '@m3ae/compile';
import { flattenTree, mapTree, type NdArray, scalarArray, type Tree, zerosArray, zipTrees } from '@m3ae/tree';
import { add, fill, type Tensor } from '@tensorflow/tfjs-core';
import { lossGradients } from './step-function.js';
import type { Task } from './task.js';

/**
 * Processes that compute each batch together: this one takes the micro-batches `rank`, `rank + size`, … of every batch, and holds the
 * same parameters as all others before and after each update. `createBatchPeers` of `@m3ae/distributed` makes it.
 */
export interface BatchPeers {
  /** This process, from 0. */
  readonly rank: number;
  /** Number of processes; must divide the number of micro-batches. */
  readonly size: number;
  /** Whether `add` still reads its arrays after it has resolved. */
  readonly borrows: boolean;
  /**
   * Takes the gradients of this process's next micro-batch, unless it is the last of the batch; each is its share of the whole batch's.
   * Sums may be written into the arrays. They may be overwritten once it resolves; with `borrows`, not before the call after has resolved.
   *
   * @param gradients - An array for each parameter in the order of the tree, and the metrics.
   */
  add(gradients: readonly Float32Array[]): Promise<void>;
  /**
   * Takes those of this process's last micro-batch and overwrites them with the sum over all micro-batches of the batch. It is the same
   * bits for any number of processes if micro-batches are added one by one, in the order of their places.
   */
  finish(gradients: readonly Float32Array[]): Promise<void>;
  /** Values of all micro-batches in the order of their places, from those of this process's. */
  gather(own: readonly Float32Array[]): Promise<readonly Float32Array[]>;
}

/** Gradients of a batch that comes in parts. */
export interface BatchGradients<HostBatch> {
  /** How many times all parts are asked for. */
  readonly passes: number;
  /**
   * Metrics and gradients of a whole batch.
   *
   * @param signal - Ends it before the next micro-batch, with the signal's reason as error.
   * @returns Arrays that the next call writes over.
   */
  of(
    params: Tree<NdArray>,
    next: () => HostBatch | Promise<HostBatch>,
    signal?: AbortSignal,
  ): Promise<BatchSum>;
  dispose(): Promise<void>;
}

/** Gradients and metrics of a batch or a part of it. */
export interface BatchSum<Leaf = NdArray> {
  readonly sum: Tree<Leaf>;
  readonly metrics: Readonly<Record<string, Leaf>>;
}

/** What {@link summedGradients} works with. */
export interface AccumulateOptions<TensorBatch> {
  readonly task: Task<unknown, TensorBatch>;
  readonly runner: Runner;
  readonly peers?: BatchPeers;
}

/**
 * Gradients of a mean over examples: those of equal micro-batches, each times its share, added up in buffers that stay.
 *
 * @param parts - Micro-batches of a step.
 */
export function summedGradients<HostBatch, TensorBatch>(
  { task, runner, peers }: AccumulateOptions<TensorBatch>,
  parts: number,
): BatchGradients<HostBatch> {
  const share = 1 / parts;
  // Two functions, not one that asks for peers: a cache of graphs knows a function by its code.
  const added = (params: Tree<Tensor>, before: Tree<Tensor>, batch: TensorBatch): BatchSum<Tensor> => {
    const { metrics, gradients } = lossGradients(task, params, batch, share);
    return { sum: zipTrees(before, gradients, (a, b) => add(a, b)), metrics };
  };
  /** Peers do the adding: the graph writes its gradients over whatever is in `_room`. */
  const alone = (params: Tree<Tensor>, _room: Tree<Tensor>, batch: TensorBatch): BatchSum<Tensor> => {
    const { metrics, gradients } = lossGradients(task, params, batch, share);
    return { sum: gradients, metrics };
  };
  let program: Program<BatchSum> | undefined;
  const empty = emptying(runner);
  const renewed = peers ? async (free: Tree<NdArray>) => free : empty.of;
  const nextSum = takingTurns(renewed, peers);
  let sum: Tree<NdArray> | undefined;
  return {
    passes: 1,
    async of(params, next, signal) {
      program ??= runner<BatchSum>('micro-batch', peers ? alone : added, [1]);
      let names: readonly string[] = [];
      let means = new Float32Array();
      sum = sum === undefined ? emptySum(params) : await renewed(sum);
      for (const index of ownPlaces(parts, peers)) {
        signal?.throwIfAborted();
        const batch = await next();
        const result: BatchSum = await program.run(params, sum, batch);
        sum = peers ? await takeArrays(result.sum) : result.sum; // peers add up on the host
        const metrics = await takeArrays(result.metrics);
        names = Object.keys(metrics);
        if (means.length === 0) means = new Float32Array(names.length);
        names.forEach((name, i) => (means[i]! += Math.fround(metrics[name]!.data[0]! * share)));
        if (!peers) continue;
        const gradients = [...arraysOf(sum), means];
        if (index + peers.size >= parts) {
          await peers.finish(gradients);
          break;
        }
        await peers.add(gradients);
        sum = await nextSum(sum);
        means = new Float32Array(names.length);
      }
      const metrics = Object.fromEntries(names.map((name, i) => [name, scalarArray(means[i]!)]));
      return { sum, metrics };
    },
    async dispose() {
      await program?.dispose();
      await empty.dispose();
    },
  };
}

/** What changes no number that is added to it, which 0 does to -0. */
const identity = -0;

const emptySum = (tree: Tree<NdArray>) =>
  mapTree<NdArray, NdArray>(tree, ({ shape }) => {
    const array = zerosArray(shape);
    array.data.fill(identity);
    return array;
  });

/** Puts what a sum begins with in place of what is in the arrays of a tree, which are given up: on the host, or where they lie. */
export function emptying(runner: Runner) {
  let program: Program<Tree<NdArray>> | undefined;
  const empty = (tree: Tree<Tensor>) => mapTree<Tensor, Tensor>(tree, ({ shape }) => fill(shape, identity));
  return {
    async of(tree: Tree<NdArray>): Promise<Tree<NdArray>> {
      if (flattenTree(tree).some(([, leaf]) => isDeviceArray(leaf))) {
        program ??= runner<Tree<NdArray>>('empty sum', empty, [0]);
        return program.run(tree);
      }
      for (const array of arraysOf(tree)) array.fill(identity);
      return tree;
    },
    dispose: async () => program?.dispose(),
  };
}

/**
 * Gives the arrays for the next micro-batch's sum, while peers may still read those of the one before.
 *
 * @param renewed - Makes arrays that are free ready for use; new ones hold an empty sum.
 */
export function takingTurns(
  renewed: (free: Tree<NdArray>) => Promise<Tree<NdArray>>,
  peers?: Pick<BatchPeers, 'borrows'>,
) {
  let spare: Tree<NdArray> | undefined;
  return async (sum: Tree<NdArray>): Promise<Tree<NdArray>> => {
    if (!peers?.borrows) return renewed(sum);
    const free = spare === undefined ? emptySum(sum) : await renewed(spare);
    spare = sum;
    return free;
  };
}

/** The arrays of a tree on the host, where it is freed elsewhere. */
export async function takeArrays<Result>(tree: Result): Promise<Result> {
  const read = await readArrays(tree);
  if (read !== tree) disposeArrays(tree);
  return read;
}

/** Places of the micro-batches that this process computes. */
export function ownPlaces(parts: number, peers?: Pick<BatchPeers, 'rank' | 'size'>): number[] {
  const { rank, size } = peers ?? { rank: 0, size: 1 };
  return Array.from({ length: parts / size }, (_, round) => round * size + rank);
}

/** The numbers of a tree, leaf by leaf. */
export const arraysOf = (tree: Tree<NdArray>) =>
  flattenTree<NdArray>(tree).map(([, { data }]) => data as Float32Array);
