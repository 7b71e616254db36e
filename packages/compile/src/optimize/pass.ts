import type { Graph } from '../ir/graph.js';

/** A step of optimisation: a pure function from graph to graph. */
export type Pass = (graph: Graph) => Graph;
