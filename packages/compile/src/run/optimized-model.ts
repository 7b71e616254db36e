import type { onnx as Onnx } from 'onnx-proto';
import { onnxType } from '../ir/builder.js';
import { onnx, repeated } from '../ir/to-onnx.js';
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

/**
 * ONNX Runtime writes nodes in the order in which it runs them; see `latestFirst` for why they are turned round. It also writes out tables of
 * one repeated element, such as the zeros that the gradient of an embedding begins with: each becomes a node again.
 */
function turned(model: Uint8Array): Uint8Array {
  const decoded: Onnx.IModelProto = onnx.ModelProto.decode(model);
  const { node = [], initializer = [] } = decoded.graph!;
  const repeating = initializer!.filter(isRepeated);
  const others = initializer!.filter((each) => !repeating.includes(each));
  const again = repeating.map(({ name, dims, dataType, rawData }) =>
    repeated(name!, dims!.map(Number), dataType!, rawData!.slice(0, 4)),
  );
  const graph = {
    ...decoded.graph,
    node: [...again.map((each) => each.node), ...node!].reverse(),
    initializer: [...others, ...again.flatMap(({ parts }) => parts)],
  };
  return onnx.ModelProto.encode({ ...decoded, graph }).finish();
}

/** Bytes of a constant below which a node costs more than its elements. */
const smallBytes = 4096;

function isRepeated({ rawData, dataType }: Onnx.ITensorProto): boolean {
  if (dataType !== onnxType('float32') || !rawData || rawData.length < smallBytes) return false;
  return rawData.every((byte, i) => byte === rawData[i % 4]);
}
