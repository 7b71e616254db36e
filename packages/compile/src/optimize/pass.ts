import type { Graph } from '../ir/graph.js';

/** A step of optimization: a pure function from graph to graph. */
export type Pass = (graph: Graph) => Graph;
