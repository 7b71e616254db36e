import type { Graph } from '../ir/graph.js';
import { foldConstants } from './fold-constants.js';
import { fuseTransposedProducts } from './fuse-transposed-products.js';
import { lowerAttention } from './lower-attention.js';
import { mergeMoves } from './merge-moves.js';
import { nameOutputs } from './name-outputs.js';
import { removeDeadNodes } from './remove-dead-nodes.js';
import { removeIdentities } from './remove-identities.js';
import { shareNodes } from './share-nodes.js';
import { shrinkOperands } from './shrink-operands.js';
import { useStandardOperators } from './use-standard-operators.js';

import type { Pass } from './pass.js';

export type { Pass } from './pass.js';

const simplify: readonly Pass[] = [
  foldConstants,
  removeIdentities,
  shrinkOperands,
  mergeMoves,
  removeIdentities,
  shareNodes,
];

/** Passes whose result uses only operators of the ONNX standard. */
export const standardPasses: readonly Pass[] = [
  lowerAttention(null),
  ...simplify,
  ...simplify,
  removeDeadNodes,
  nameOutputs,
];

/** Elements of the scores that stay in the cache together: half a mebibyte of them, beside their gradients. */
const scoresInCache = 128 * 1024;

/** The passes for a CPU, in the order in which they run. */
export const passes: readonly Pass[] = [
  lowerAttention(scoresInCache),
  ...simplify,
  ...simplify,
  fuseTransposedProducts,
  removeDeadNodes,
  nameOutputs,
];

/** Runs passes one after the other. */
export function optimize(graph: Graph, list: readonly Pass[] = passes): Graph {
  return list.reduce((current, pass) => pass(current), graph);
}
