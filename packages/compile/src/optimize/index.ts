import type { Graph } from '../ir/graph.js';

/** A step of optimisation: a pure function from graph to graph. */
export type Pass = (graph: Graph) => Graph;

/** Passes whose result uses only operators of the ONNX standard. */
export const standardPasses: readonly Pass[] = [];

/** The passes, in the order in which they run. */
export const passes: readonly Pass[] = [...standardPasses];

/** Runs passes one after the other. */
export function optimize(graph: Graph, list: readonly Pass[] = passes): Graph {
  return list.reduce((current, pass) => pass(current), graph);
}
