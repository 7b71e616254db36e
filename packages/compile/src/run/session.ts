import { mapTree, type NdArray, type Tree } from '@m3ae/tree';
import { broughtInto, disposeArrays } from '../device-array.js';
import { dataOf, dtypeOf, type NamedLeaf } from '../host.js';
import { encodeModel } from '../ir/to-onnx.js';
import type { Graph } from '../ir/graph.js';
import type { Traced } from '../trace/trace.js';
import { bufferPool } from './buffers.js';
import type { Binding, GraphSession, NamedElements, Traffic } from './graph-session.js';
import { overwritable } from './in-place.js';
import { latestFirst, peakBytes } from './memory-order.js';
import { deviceError, type SessionSettings } from './session-options.js';

/** A graph that is ready to run. */
export interface Program {
  readonly graph: Graph;
  /** Bytes of the encoded model. */
  readonly modelBytes: number;
  /** What crossed between host and GPU, where results stay there. */
  readonly traffic?: Traffic;
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
export interface ProgramOptions extends Omit<SessionSettings, 'arena'> {
  /** First parts of the paths of donated arguments. */
  readonly donated?: ReadonlySet<string>;
}

/**
 * Intermediate results beyond which memory comes from no arena. Measured on the ViT-S step, batch 16, two threads: 5,071 MiB at the peak with
 * ONNX Runtime's arena, 3,146 without, as it cuts no block in two unless it is twice too large. A small model's step takes 8 % less
 * processor time with it.
 */
const largeBytes = 2 ** 30;

/** Builds a session for a recorded function. */
export async function createProgram(
  binding: Binding,
  traced: Recorded,
  options: ProgramOptions,
): Promise<Program> {
  const { graph, results, shapes } = traced;
  const onCpu = options.device === 'cpu';
  const model = encodeModel(graph, 'compiled', onCpu ? latestFirst : undefined);
  const arena = !onCpu || peakBytes(graph) < largeBytes;
  const session = await binding.open(model, graph, { ...options, arena }).catch((error: unknown) => {
    throw deviceError(options.device, error);
  });
  const read = new Set(graph.inputs.map(({ name }) => name));
  const isRead = ([path]: NamedLeaf) => read.has(path);
  const common = { graph, modelBytes: model.byteLength, release: () => session.release() };
  if (session.delivers === 'kept') {
    return {
      ...common,
      traffic: session.traffic,
      async run(given) {
        const leaves = await broughtInto(session.space, given);
        const arrays = await session.run(leaves.filter(isRead)).catch((error: unknown) => {
          throw deviceError(options.device, error);
        });
        given.forEach(([path, leaf]) => isOf(options.donated, path) && disposeArrays(leaf));
        return mapTree(results, (place) => arrays[place]!);
      },
    };
  }
  const run = session.delivers === 'returned' ? session.run : givenRun(session, graph, options.donated);
  return {
    ...common,
    run: async (given) => {
      const leaves = await broughtInto(undefined, given);
      const arrays = await run(leaves.filter(isRead).map(elementsOf));
      return mapTree(results, (place) => ({ shape: shapes[place]!, data: arrays[place]! }));
    },
  };
}

const elementsOf = ([name, leaf]: NamedLeaf): NamedElements => ({
  name,
  dtype: dtypeOf(leaf),
  shape: typeof leaf === 'number' ? [] : leaf.shape,
  data: dataOf(leaf),
});

/** Whether a leaf belongs to one of these arguments. */
const isOf = (places: ReadonlySet<string> | undefined, path: string) => places?.has(path.split('.', 1)[0]!);

/** Runs a session that writes into given arrays: donated ones, or new ones. */
function givenRun(
  session: GraphSession & { readonly delivers: 'given' },
  graph: Graph,
  donated?: ReadonlySet<string>,
): (feeds: readonly NamedElements[]) => Promise<NdArray['data'][]> {
  const pool = bufferPool(graph.outputs);
  const places = overwritable(graph, donated ?? new Set());
  return async (feeds) => {
    const data = feeds.map((each) => each.data);
    const inPlace = ownArrays(feeds, places);
    const others = graph.outputs.filter((_, place) => !inPlace.has(place));
    const taken = pool.take(others, data);
    const arrays = graph.outputs.map((_, place) => inPlace.get(place) ?? taken.shift()!);
    const results = graph.outputs.map(({ name, dtype, shape }, i) => ({
      name: name!,
      dtype,
      shape,
      data: arrays[i]!,
    }));
    await session.run(feeds, results);
    const reused = new Set(inPlace.values());
    const free = feeds.flatMap(({ name, data }) => (isOf(donated, name) ? [data] : []));
    pool.give(free.filter((array) => !reused.has(array)));
    return arrays;
  };
}

/** Arrays of arguments that results are written into, by place; none whose bytes stand at a second leaf too. */
function ownArrays(
  feeds: readonly NamedElements[],
  places: ReadonlyMap<number, string>,
): Map<number, NdArray['data']> {
  const uses = new Map<ArrayBufferLike, number>();
  for (const { data } of feeds) uses.set(data.buffer, (uses.get(data.buffer) ?? 0) + 1);
  const byPath = new Map(feeds.map(({ name, data }) => [name, data]));
  const own = new Map<number, NdArray['data']>();
  for (const [place, path] of places) {
    const array = byPath.get(path)!;
    if (uses.get(array.buffer) === 1) own.set(place, array);
  }
  return own;
}
