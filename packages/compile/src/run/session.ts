import { mapTree, type NdArray, type Tree } from '@m3ae/tree';
import type { InferenceSession, OnnxValue } from 'onnxruntime-node';
import { dataOf, dtypeOf, type NamedLeaf } from '../host.js';
import { encodeModel } from '../ir/to-onnx.js';
import type { Graph } from '../ir/graph.js';
import type { Traced } from '../trace/trace.js';
import { bufferPool } from './buffers.js';
import { overwritable } from './in-place.js';
import {
  type Delivery,
  deliveryOf,
  finishFor,
  type NamedTensors,
  runInto,
  runReturning,
} from './delivery.js';
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
}

/** Builds a session for a recorded function. */
export async function createProgram(
  runtime: OnnxRuntime,
  traced: Recorded,
  options: ProgramOptions,
): Promise<Program> {
  const ready = async () => {
    const delivery = await deliveryOf(runtime, options.device);
    const model = encodeModel(traced.graph, 'compiled', finishFor(delivery));
    const settings = sessionOptions(options.device, options.threads);
    return { delivery, model, session: await runtime.InferenceSession.create(model, settings) };
  };
  const { delivery, model, session } = await ready().catch((error: unknown) => {
    throw deviceError(options.device, error);
  });
  const { graph, results, shapes } = traced;
  const run = delivery === 'returned' ? returningRun(graph) : givenRun(graph, options, delivery);
  return {
    graph,
    modelBytes: model.byteLength,
    run: async (leaves) => {
      const arrays = await run(runtime, session, leaves);
      return mapTree(results, (place) => ({ shape: shapes[place]!, data: arrays[place]! }));
    },
    release: () => session.release(),
  };
}

/** Runs once; the arrays are in the order of the graph's outputs. */
type Run = (
  runtime: OnnxRuntime,
  session: InferenceSession,
  leaves: readonly NamedLeaf[],
) => Promise<NdArray['data'][]>;

function returningRun({ outputs }: Graph): Run {
  const names = outputs.map(({ name }) => name!);
  return (runtime, session, leaves) => runReturning(session, feedsOf(runtime, session, leaves), names);
}

/** Results are written into arrays of our own choice: donated ones, or new ones. */
function givenRun(
  graph: Graph,
  { device, donated = new Set() }: ProgramOptions,
  delivery: Exclude<Delivery, 'returned'>,
): Run {
  const pool = bufferPool(graph.outputs);
  const places = device === 'cpu' ? overwritable(graph, donated) : new Map<number, string>();
  return async (runtime, session, leaves) => {
    const data = leaves.map(([, leaf]) => dataOf(leaf));
    const inPlace = ownArrays(leaves, data, places);
    const others = graph.outputs.filter((_, place) => !inPlace.has(place));
    const taken = pool.take(others, data);
    const arrays = graph.outputs.map((_, place) => inPlace.get(place) ?? taken.shift()!);
    const given = graph.outputs.map(
      ({ name, dtype, shape }, i) => [name!, tensorOf(runtime, arrays[i]!, dtype, shape)] as const,
    );
    await runInto(session, feedsOf(runtime, session, leaves), Object.fromEntries(given), delivery);
    const reused = new Set(inPlace.values());
    const free = leaves.flatMap(([path], i) => (donated.has(path.split('.', 1)[0]!) ? [data[i]!] : []));
    pool.give(free.filter((array) => !reused.has(array)));
    return arrays;
  };
}

/** Tensors of the leaves that the graph reads. */
function feedsOf(
  runtime: OnnxRuntime,
  session: InferenceSession,
  leaves: readonly NamedLeaf[],
): NamedTensors {
  const read = new Set(session.inputNames);
  const feeds = leaves.filter(([path]) => read.has(path));
  return Object.fromEntries(
    feeds.map(([path, leaf]) => {
      const shape = typeof leaf === 'number' ? [] : leaf.shape;
      return [path, tensorOf(runtime, dataOf(leaf), dtypeOf(leaf), shape)];
    }),
  );
}

function tensorOf(
  { Tensor }: OnnxRuntime,
  elements: NdArray['data'],
  dtype: string,
  shape: readonly number[],
): OnnxValue {
  return new Tensor(dtype as 'float32', elements as Float32Array, shape);
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
