import { mapTree, type NdArray, type Tree } from '@m3ae/tree';
import type { InferenceSession } from 'onnxruntime-node';
import { dataOf, dtypeOf, type NamedLeaf } from '../host.js';
import { encodeModel } from '../ir/to-onnx.js';
import type { Graph } from '../ir/graph.js';
import type { Traced } from '../trace/trace.js';
import { bufferPool, type BufferPool } from './buffers.js';
import { overwritable } from './in-place.js';
import { keepsResults, markerFetch, withoutCopies } from './no-copies.js';
import type { OnnxRuntime } from './runtime.js';
import { deviceError, sessionOptions, type Device } from './session-options.js';

/** A graph that is ready to run. */
export interface Program {
  readonly graph: Graph;
  /** Bytes of the encoded model. */
  readonly modelBytes: number;
  /** Runs once; donated leaves may be overwritten by this call or by later ones. */
  run(leaves: readonly NamedLeaf[]): Promise<Tree<NdArray>>;
  /** Frees the session. */
  release(): Promise<void>;
}

/** A recorded function whose graph may have been rewritten since. */
export interface Recorded extends Traced {
  /** Shapes of the results as recorded; an output of the graph may hold the same elements in another shape. */
  readonly shapes: readonly (readonly number[])[];
}

/** Where and how a program runs. */
export interface ProgramOptions {
  readonly device: Device;
  readonly threads?: number;
  /** First parts of the paths of donated arguments. */
  readonly donated?: ReadonlySet<string>;
  /** Whether the runtime writes results into given arrays and may be kept from copying them once more. */
  readonly inPlace?: boolean;
}

/** Builds a session for a recorded function. */
export async function createProgram(
  runtime: OnnxRuntime,
  traced: Recorded,
  options: ProgramOptions,
): Promise<Program> {
  const { inPlace = false } = options;
  const model = encodeModel(traced.graph, 'compiled', inPlace ? withoutCopies : undefined);
  const settings = sessionOptions(options.device, options.threads);
  const session = await runtime.InferenceSession.create(model, settings).catch((error: unknown) => {
    throw deviceError(options.device, error);
  });
  const pool = bufferPool(traced.graph.outputs);
  const donated = options.donated ?? new Set<string>();
  const places = options.device === 'cpu' ? overwritable(traced.graph, donated) : new Map<number, string>();
  return {
    graph: traced.graph,
    modelBytes: model.byteLength,
    run: (leaves) => runOnce(runtime, session, traced, pool, leaves, donated, places, inPlace),
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
  places: ReadonlyMap<number, string>,
  marked: boolean,
): Promise<Tree<NdArray>> {
  const data = leaves.map(([, leaf]) => dataOf(leaf));
  const read = new Set(session.inputNames);
  const tensor = (elements: NdArray['data'], dtype: string, shape: readonly number[]) =>
    new Tensor(dtype as 'float32', elements as Float32Array, shape);
  const feeds = leaves.flatMap(([path, leaf], i) => {
    const shape = typeof leaf === 'number' ? [] : leaf.shape;
    return read.has(path) ? [[path, tensor(data[i]!, dtypeOf(leaf), shape)] as const] : [];
  });
  const inPlace = ownArrays(leaves, data, places);
  const others = graph.outputs.filter((_, place) => !inPlace.has(place));
  const taken = pool.take(others, data);
  const arrays = graph.outputs.map((_, place) => inPlace.get(place) ?? taken.shift()!);
  const fetches = graph.outputs.map(
    (value, i) => [value.name!, tensor(arrays[i]!, value.dtype, value.shape)] as const,
  );
  const wanted = { ...(marked && markerFetch), ...Object.fromEntries(fetches) };
  await keepsResults(() => session.run(Object.fromEntries(feeds), wanted));
  const reused = new Set(inPlace.values());
  const given = leaves.flatMap(([path], i) => (donated.has(path.split('.', 1)[0]!) ? [data[i]!] : []));
  pool.give(given.filter((array) => !reused.has(array)));
  return mapTree(results, (place) => ({ shape: shapes[place]!, data: arrays[place]! }));
}

/** Arrays of arguments that results are written into, by place; none whose bytes stand at a second leaf too. */
function ownArrays(
  leaves: readonly NamedLeaf[],
  data: readonly NdArray['data'][],
  places: ReadonlyMap<number, string>,
): Map<number, NdArray['data']> {
  const uses = new Map<ArrayBufferLike, number>();
  for (const { buffer } of data) uses.set(buffer, (uses.get(buffer) ?? 0) + 1);
  const byPath = new Map(leaves.map(([path], i) => [path, data[i]!]));
  const own = new Map<number, NdArray['data']>();
  for (const [place, path] of places) {
    const array = byPath.get(path)!;
    if (uses.get(array.buffer) === 1) own.set(place, array);
  }
  return own;
}
