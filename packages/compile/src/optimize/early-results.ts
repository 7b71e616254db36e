import type { Graph, Value } from '../ir/graph.js';
import { readsOf } from './walk.js';

/**
 * Puts nodes that make nothing but results right behind what they read.
 *
 * ONNX Runtime runs a graph by depth-first search from these nodes, one after the other in their order. The sums of a micro-batch's gradients
 * are recorded last, in the order of the parameters: were the first that of an embedding, the whole way back would be run before any other sum,
 * and all that the other gradients are made of would stay alive. As they stand now each gradient is added as soon as it can be. Alive at the peak for
 * ViT-B, 16 examples in bf16: 1,307 instead of 2,268 MiB.
 */
export function earlyResults(graph: Graph): Graph {
  const places = new Map<Value, number>();
  graph.nodes.forEach(({ outputs }, i) => outputs.forEach((value) => value && places.set(value, i)));
  const read = new Set(graph.nodes.flatMap(readsOf));
  const placed = graph.nodes.map((node, i) => {
    const isRead = node.outputs.some((value) => value && read.has(value));
    const behind = isRead ? i : Math.max(-1, ...readsOf(node).map((value) => places.get(value) ?? -1)) + 0.5;
    return { node, behind };
  });
  return { ...graph, nodes: placed.sort((a, b) => a.behind - b.behind).map(({ node }) => node) };
}
