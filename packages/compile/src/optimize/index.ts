import type { Graph, Pass } from '../ir/graph.js';
import { blockElementwise } from './block-elementwise.js';
import type { KernelUse } from './blocks/kernel-groups.js';
import { castProducts, fuseTransposedProducts, kernelProducts } from './products.js';
import {
  dropOutputReshapes,
  mergeMoves,
  nameOutputs,
  removeDeadNodes,
  removeIdentities,
} from './remove-nodes.js';
import { earlyResults, rematerialize } from './memory.js';
import { foldConstants, shareNodes, shrinkOperands } from './simplify.js';
import { joinFactors, joinSums, liftGuards, sumSquares } from './algebra.js';
import { joinTables } from './join-tables.js';
import { keepAttention, lowerAttention } from './lower-attention.js';
import { lowerArgMax, reduceInStages, useStandardOperators } from './lower.js';

const simplify: readonly Pass[] = [
  foldConstants,
  removeIdentities,
  shrinkOperands,
  mergeMoves,
  removeIdentities,
  joinFactors,
  shareNodes,
];

/** Passes whose result uses only operators of the ONNX standard. */
export const standardPasses: readonly Pass[] = [
  lowerAttention(null),
  useStandardOperators,
  ...simplify,
  ...simplify,
  removeDeadNodes,
  nameOutputs,
];

/**
 * The passes for a GPU: no loops, no operators that would be computed on the CPU in between, and few of them, as each is a launch.
 * CUDA multiplies transposed operands without moving them, and in bf16 where that is asked for; on WebGPU one group of threads would reduce a
 * whole table.
 */
export const gpuPasses = (
  device: 'webgpu' | 'cuda',
  precision: 'float32' | 'bf16' = 'float32',
): readonly Pass[] => [
  lowerAttention(null),
  lowerArgMax,
  ...simplify,
  ...simplify,
  ...(device === 'cuda' ? [fuseTransposedProducts] : []),
  ...(device === 'cuda' && precision === 'bf16' ? [castProducts] : []), // before tables are joined: casts of gradients join them
  sumSquares,
  joinSums,
  joinTables,
  ...(device === 'webgpu' ? [reduceInStages] : []),
  removeDeadNodes,
  nameOutputs,
];

/** Elements of the scores that stay in the cache together: half a mebibyte of them, beside their gradients. */
const scoresInCache = 128 * 1024;

/** Elements of one table of an elementwise chain that stay in the cache with those beside it. */
const tableInCache = 32 * 1024;

/** Kept bytes from which memory counts more than the time of a second GELU. */
const largeGraph = 2 ** 29;

/** What becomes nodes of `@m3ae/kernels`. */
export interface KernelPasses {
  /** Whether matrix products are computed in bf16. */
  readonly bf16?: boolean;
  /** Whether products, and attention as a whole, are the library's. */
  readonly products?: boolean;
  /** Which chains of elementwise operations; none if left out. */
  readonly elementwise?: KernelUse;
}

/**
 * The passes for a CPU, in the order in which they run.
 *
 * A block holds work for every thread; ONNX Runtime shares out an elementwise operator only from some 100,000 elements on.
 */
function cpuPasses(
  threads: number,
  { bf16 = false, products = bf16, elementwise }: KernelPasses = {},
): readonly Pass[] {
  const tables = threads === 1 ? tableInCache : 2 * threads * tableInCache;
  return [
    products ? keepAttention(bf16) : lowerAttention(scoresInCache * threads),
    ...simplify,
    ...simplify,
    fuseTransposedProducts,
    sumSquares,
    liftGuards,
    removeDeadNodes,
    rematerialize(largeGraph),
    ...(products ? [kernelProducts(bf16)] : []),
    blockElementwise(tables, elementwise, largeGraph),
    nameOutputs,
  ];
}

/** The passes for one thread of a CPU. */
export const passes: readonly Pass[] = cpuPasses(1);

/** Passes for a graph that is run at once, by a caller who knows the shapes of its results. */
export const enginePasses = (threads: number, kernels: KernelPasses = {}): readonly Pass[] => [
  ...cpuPasses(threads, kernels),
  dropOutputReshapes,
  earlyResults,
];

/** Runs passes one after the other. */
export function optimize(graph: Graph, list: readonly Pass[] = passes): Graph {
  return list.reduce((current, pass) => pass(current), graph);
}
