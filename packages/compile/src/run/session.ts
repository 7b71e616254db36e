import { mapTree, type NdArray, type Tree } from '@m3ae/tree';
import { broughtInto, type DeviceArray, disposeArrays } from '../device-array.js';
import { dataOf, elementsOf, type NamedElements, type NamedLeaf } from '../arguments.js';
import { bufferPool } from './buffers.js';
import type { Port, PreparedGraph } from './prepared-graph.js';
import { type Device, deviceError, type SessionSettings } from './runtime.js';

/** A loaded model: either it writes into arrays that are given to it, or it returns arrays of its own. */
export type GraphSession = {
  /** Frees it. */
  release(): Promise<void>;
} & (
  | {
      readonly delivers: 'given';
      /** Runs once; each result is written into its array. */
      run(feeds: readonly NamedElements[], results: readonly NamedElements[]): Promise<void>;
    }
  | {
      readonly delivers: 'returned';
      /** Runs once; the results are in the order of the graph's outputs. */
      run(feeds: readonly NamedElements[]): Promise<NdArray['data'][]>;
    }
  | {
      readonly delivers: 'kept';
      /** What its arrays have in common with those of other sessions that it takes. */
      readonly space: unknown;
      /** What has gone to the device and come from it. */
      readonly traffic: Traffic;
      /** Runs once; the results, in the order of the graph's outputs, stay on the device. */
      run(feeds: readonly NamedLeaf[]): Promise<DeviceArray[]>;
    }
);

/** Bytes that crossed between host and device. */
export interface Traffic {
  /** Arguments that lay on the host. */
  readonly sentBytes: number;
  /** Results that were read. */
  readonly readBytes: number;
}

/** One way to reach ONNX Runtime. */
export interface Binding {
  /** Of ONNX Runtime, e.g. `1.30.0`; absent where it is not known. */
  readonly version?: string;
  /** Devices on which it keeps results. */
  readonly keeps: readonly Device[];
  /** Loads an encoded graph. */
  open(
    model: Uint8Array,
    ports: { readonly inputs: readonly Port[]; readonly outputs: readonly Port[] },
    settings: SessionSettings,
  ): Promise<GraphSession>;
}

/** A graph that is ready to run. */
export interface Program {
  /** What crossed between host and GPU, where results stay there. */
  readonly traffic?: Traffic;
  /** Runs once; donated leaves may be overwritten by this call or by later ones. */
  run(leaves: readonly NamedLeaf[]): Promise<Tree<NdArray>>;
  /** Frees the session. */
  release(): Promise<void>;
}

/** Where and how a program runs. */
interface ProgramOptions extends Omit<SessionSettings, 'arena' | 'optimized'> {
  /** First parts of the paths of donated arguments. */
  readonly donated?: ReadonlySet<string>;
}

/** Builds a session for a prepared graph. */
export async function createProgram(
  binding: Binding,
  prepared: PreparedGraph,
  options: ProgramOptions,
): Promise<Program> {
  const { model, inputs, results, shapes, arena, optimized } = prepared;
  const settings = { ...options, arena, optimized };
  const session = await binding.open(model, prepared, settings).catch((error: unknown) => {
    throw deviceError(options.device, error);
  });
  const read = new Set(inputs.map(({ name }) => name));
  const isRead = ([path]: NamedLeaf) => read.has(path);
  const release = () => session.release();
  if (session.delivers === 'kept') {
    return {
      release,
      traffic: session.traffic,
      async run(given) {
        const leaves = await broughtInto(session.space, given);
        const arrays = await session.run(leaves.filter(isRead));
        given.forEach(([path, leaf]) => isOf(options.donated, path) && disposeArrays(leaf));
        return mapTree(results, (place) => arrays[place]!);
      },
    };
  }
  const run = session.delivers === 'returned' ? session.run : givenRun(session, prepared, options.donated);
  return {
    release,
    run: async (given) => {
      const leaves = await broughtInto(undefined, given);
      const spare = leaves.filter((leaf) => !isRead(leaf) && isOf(options.donated, leaf[0]));
      const arrays = await run(
        leaves.filter(isRead).map(elementsOf),
        spare.map(([, leaf]) => dataOf(leaf)),
      );
      return mapTree(results, (place) => ({ shape: shapes[place]!, data: arrays[place]! }));
    },
  };
}

/** Whether a leaf belongs to one of these arguments. */
const isOf = (places: ReadonlySet<string> | undefined, path: string) => places?.has(path.split('.', 1)[0]!);

/** Runs a session that writes into given arrays: donated ones, those first that it does not read, or new ones. */
function givenRun(
  session: GraphSession & { readonly delivers: 'given' },
  { outputs, overwrites }: PreparedGraph,
  donated?: ReadonlySet<string>,
): (feeds: readonly NamedElements[], spare: readonly NdArray['data'][]) => Promise<NdArray['data'][]> {
  const pool = bufferPool(outputs);
  return async (feeds, spare) => {
    pool.give(spare);
    const data = feeds.map((each) => each.data);
    const inPlace = ownArrays(feeds, overwrites);
    const others = outputs.filter((_, place) => !inPlace.has(place));
    const taken = pool.take(others, data);
    const arrays = outputs.map((_, place) => inPlace.get(place) ?? taken.shift()!);
    await session.run(
      feeds,
      outputs.map((port, i) => ({ ...port, data: arrays[i]! })),
    );
    const reused = new Set(inPlace.values());
    const free = feeds.flatMap(({ name, data }) => (isOf(donated, name) ? [data] : []));
    pool.give(free.filter((array) => !reused.has(array)));
    return arrays;
  };
}

/** Arrays of arguments that results are written into, by place; none whose bytes stand at a second leaf too. */
function ownArrays(
  feeds: readonly NamedElements[],
  overwrites: PreparedGraph['overwrites'],
): Map<number, NdArray['data']> {
  const uses = new Map<ArrayBufferLike, number>();
  for (const { data } of feeds) uses.set(data.buffer, (uses.get(data.buffer) ?? 0) + 1);
  const byPath = new Map(feeds.map(({ name, data }) => [name, data]));
  const own = new Map<number, NdArray['data']>();
  for (const [place, path] of overwrites) {
    const array = byPath.get(path)!;
    if (uses.get(array.buffer) === 1) own.set(place, array);
  }
  return own;
}

/**
 * A program whose calls may run at the same time, each in a session of its own; further sessions are opened when they are needed.
 *
 * @param first - The first session.
 * @param open - Opens another one.
 */
export function sessionPool(first: Program, open: () => Promise<Program>): Program {
  const opened = [Promise.resolve(first)];
  const idle = [first];
  return {
    async run(leaves) {
      const program = idle.pop() ?? (await another());
      try {
        return await program.run(leaves);
      } finally {
        idle.push(program);
      }
    },
    async release() {
      const all = await Promise.allSettled(opened);
      await Promise.all(all.map((each) => each.status === 'fulfilled' && each.value.release()));
    },
  };

  function another(): Promise<Program> {
    const opening = open();
    opened.push(opening);
    return opening;
  }
}
