import { mapTree, type NdArray, type Tree } from '@m3ae/tree';
import type { InferenceSession } from 'onnxruntime-node';
import { dataOf, dtypeOf, type NamedLeaf } from '../host.js';
import { encodeModel } from '../ir/to-onnx.js';
import type { Graph } from '../ir/graph.js';
import type { Traced } from '../trace/trace.js';
import { bufferPool, type BufferPool } from './buffers.js';
import type { OnnxRuntime } from './runtime.js';
import { deviceError, sessionOptions, type Device } from './session-options.js';

/** A graph that is ready to run. */
export interface Program {
  readonly graph: Graph;
  /** Bytes of the encoded model. */
  readonly modelBytes: number;
  /** Runs once; leaves whose path starts with one of `donated` may be overwritten by later calls. */
  run(leaves: readonly NamedLeaf[], donated: ReadonlySet<string>): Promise<Tree<NdArray>>;
  /** Frees the session. */
  release(): Promise<void>;
}

/** A recorded function whose graph may have been rewritten since. */
export interface Recorded extends Traced {
  /** Shapes of the results as recorded; an output of the graph may hold the same elements in another shape. */
  readonly shapes: readonly (readonly number[])[];
}

/** Builds a session for a recorded function. */
export async function createProgram(
  runtime: OnnxRuntime,
  traced: Recorded,
  options: { readonly device: Device; readonly threads?: number },
): Promise<Program> {
  const model = encodeModel(traced.graph);
  const settings = sessionOptions(options.device, options.threads);
  const session = await runtime.InferenceSession.create(model, settings).catch((error: unknown) => {
    throw deviceError(options.device, error);
  });
  const pool = bufferPool(traced.graph.outputs);
  return {
    graph: traced.graph,
    modelBytes: model.byteLength,
    run: (leaves, donated) => runOnce(runtime, session, traced, pool, leaves, donated),
    release: () => session.release(),
  };
}

async function runOnce(
  { Tensor }: OnnxRuntime,
  session: InferenceSession,
  { graph, results, shapes }: Recorded,
  pool: BufferPool,
  leaves: readonly NamedLeaf[],
  donated: ReadonlySet<string>,
): Promise<Tree<NdArray>> {
  const data = leaves.map(([, leaf]) => dataOf(leaf));
  const read = new Set(session.inputNames);
  const tensor = (elements: NdArray['data'], dtype: string, shape: readonly number[]) =>
    new Tensor(dtype as 'float32', elements as Float32Array, shape);
  const feeds = leaves.flatMap(([path, leaf], i) => {
    const shape = typeof leaf === 'number' ? [] : leaf.shape;
    return read.has(path) ? [[path, tensor(data[i]!, dtypeOf(leaf), shape)] as const] : [];
  });
  const arrays = pool.take(graph.outputs, data);
  const fetches = graph.outputs.map(
    (value, i) => [value.name!, tensor(arrays[i]!, value.dtype, value.shape)] as const,
  );
  await session.run(Object.fromEntries(feeds), Object.fromEntries(fetches));
  pool.give(leaves.flatMap(([path], i) => (donated.has(path.split('.', 1)[0]!) ? [data[i]!] : [])));
  return mapTree(results, (place) => ({ shape: shapes[place]!, data: arrays[place]! }));
}
