import { packGraph, type PreparedGraph, unpackGraph } from './prepared-graph.js';

/**
 * Where prepared graphs are kept for later processes, so that these need not record and optimize again.
 *
 * The key that `compile` gives covers the function's text, shapes and types of its arguments, every option that decides the
 * graph, and the versions of ONNX Runtime and of our own operators. It cannot see what the function closes over, nor the code of the
 * packages at work: whoever makes a cache adds a digest of both to each key.
 */
export interface GraphCache {
  /** What was written under just this key; undefined where there is nothing, or nothing whole. */
  read(key: string): Promise<Uint8Array | undefined>;
  /** Keeps bytes, where there is room. */
  write(key: string, bytes: Uint8Array): Promise<void>;
}

/** The graph under a key; undefined where there is none that can be used. */
export async function readGraph(cache: GraphCache, key: string): Promise<PreparedGraph | undefined> {
  try {
    const bytes = await cache.read(key);
    return bytes && unpackGraph(bytes);
  } catch {
    return undefined; // recorded anew
  }
}

/** Keeps a graph under a key; a cache that fails costs time at the next start, and nothing else. */
export async function writeGraph(cache: GraphCache, key: string, graph: PreparedGraph): Promise<void> {
  await cache.write(key, packGraph(graph)).catch(() => undefined);
}
