import type { onnx as Onnx } from 'onnx-proto';
import { onnx } from '../ir/onnx-proto.js';
import type { PreparedGraph } from './prepared-graph.js';
import type { Program } from './session.js';

/** A program, and a graph that opens again faster than what it was opened from. */
export interface Opened {
  readonly program: Program;
  readonly graph: PreparedGraph;
}

/**
 * Opens a graph, and takes what ONNX Runtime made of it: it leaves that in a file, which is removed again.
 *
 * @param open - Opens a graph; its model is written to the path, where one is given.
 * @returns The same graph where no file could be written.
 */
export async function openAndKeep(
  graph: PreparedGraph,
  open: (graph: PreparedGraph, saveTo?: string) => Promise<Program>,
): Promise<Opened> {
  let folder: string | undefined;
  try {
    const { mkdtemp, readFile } = await import('node:fs/promises');
    const { tmpdir } = await import('node:os');
    const { join } = await import('node:path');
    folder = await mkdtemp(join(tmpdir(), 'm3ae-graph-'));
    const path = join(folder, 'model.onnx');
    const program = await open(graph, path);
    const model = await readFile(path)
      .then(turned)
      .catch(() => undefined);
    return { program, graph: model ? { ...graph, model, optimized: true } : graph };
  } catch {
    return { program: await open(graph), graph }; // no room there; whatever else is wrong is thrown here
  } finally {
    if (folder !== undefined) await removeFolder(folder);
  }
}

async function removeFolder(folder: string): Promise<void> {
  const { rm } = await import('node:fs/promises');
  await rm(folder, { recursive: true, force: true });
}

/** ONNX Runtime writes nodes in the order in which it runs them; see `latestFirst` for why they are turned round. */
function turned(model: Uint8Array): Uint8Array {
  const decoded: Onnx.IModelProto = onnx.ModelProto.decode(model);
  decoded.graph!.node!.reverse();
  return onnx.ModelProto.encode(decoded).finish();
}
