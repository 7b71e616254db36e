import { sizeOfShape } from '@m3ae/tree';
import type { ElementType, Graph, Value } from '../ir/graph.js';
import { isElementwise } from './blocks/roles.js';
import { producersOf, readsOf, views } from './walk.js';

const bytesOf: Readonly<Record<ElementType, number>> = {
  float32: 4,
  int32: 4,
  int64: 8,
  bool: 1,
  bfloat16: 2,
};

/** Intermediate results, without those of the graph, while the nodes run in their order. */
export interface AliveMemory {
  /** Most bytes that are alive at a time. */
  readonly bytes: number;
  /** Place of the node at which they are. */
  readonly at: number;
  /** Place of the last node that reads a value or what shares its memory; undefined for one that no node reads. */
  lastRead(value: Value): number | undefined;
}

/**
 * Follows the memory of intermediate results, each given back after its last reader.
 *
 * @param counts - Which results take memory. Default all.
 */
export function aliveMemory(graph: Graph, counts: (value: Value) => boolean = () => true): AliveMemory {
  const sources = new Map<Value, Value>();
  const sourceOf = (value: Value): Value => {
    const source = sources.get(value);
    return source === undefined ? value : sourceOf(source);
  };
  const lastReads = new Map<Value, number>();
  const made: Value[][] = graph.nodes.map((node, i) => {
    const outputs = node.outputs.filter((value) => value !== undefined);
    if (views.has(node.op)) sources.set(outputs[0]!, node.inputs[0]!);
    for (const value of readsOf(node)) lastReads.set(sourceOf(value), i);
    return views.has(node.op) ? [] : outputs.filter(counts);
  });
  const results = new Set(graph.outputs.map(sourceOf));
  const freed = new Map<number, number>();
  let alive = 0;
  let bytes = 0;
  let at = 0;
  made.forEach((values, i) => {
    for (const value of values) {
      if (results.has(value)) continue;
      const size = sizeOfShape(value.shape) * bytesOf[value.dtype];
      alive += size;
      const last = lastReads.get(value) ?? i;
      freed.set(last, (freed.get(last) ?? 0) + size);
    }
    if (alive > bytes) [bytes, at] = [alive, i];
    alive -= freed.get(i) ?? 0;
  });
  return { bytes, at, lastRead: (value) => lastReads.get(sourceOf(value)) };
}

/**
 * Where a large graph turns from what it computes to the gradient: at the node where most is kept for later. What is elementwise throughout
 * does not count, since it becomes chains that keep nothing.
 *
 * @returns The place of the node and all that is kept; undefined for a graph that keeps at most `largest` bytes.
 */
export function turningPoint(graph: Graph, largest: number): AliveMemory | undefined {
  const producers = producersOf(graph);
  const touched = new Set<Value>(graph.nodes.filter((node) => !isElementwise(node)).flatMap(readsOf));
  const memory = aliveMemory(graph, (value) => touched.has(value) || !isElementwise(producers.get(value)!));
  return memory.bytes > largest ? memory : undefined;
}
