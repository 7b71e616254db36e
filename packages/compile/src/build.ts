import type { Tree } from '@m3ae/tree';
import { explained, type HostLeaf } from './arguments.js';
import { backendTurn } from './lock.js';
import { enginePasses, gpuPasses, type KernelPasses, optimize } from './optimize/index.js';
import type { CompileOptions } from './options.js';
import { chooseBinding, type Chosen } from './run/choose-binding.js';
import { type PreparedGraph, prepareGraph, readGraph, writeGraph } from './run/prepared-graph.js';
import { openAndKeep, type Opened } from './run/optimized-model.js';
import { createProgram, type Program, sessionPool } from './run/session.js';
import { usualThreads } from './run/runtime.js';
import { type TensorFunction, trace } from './trace/trace.js';

/** Threads that blocks are cut for where the caller names no number: the graph is the same on any number of cores. */
const usualCut = 2;

/** What is compiled. */
export interface Source {
  readonly fn: TensorFunction;
  readonly name: string;
  /** Arguments of the shapes that it is compiled for. */
  readonly args: readonly Tree<HostLeaf>[];
  /** Paths, shapes and element types of the arguments. */
  readonly signature: string;
}

/** A program, and how it came to be. */
interface Built {
  readonly program: Program;
  /** Whether the function was recorded; otherwise its graph came from the cache. */
  readonly recorded: boolean;
  readonly traceMs: number;
  readonly sessionMs: number;
  readonly nodes: number;
  readonly modelBytes: number;
  readonly precision: 'float32' | 'bf16';
}

/** Makes a function ready to run for some shapes: from the cache, or by recording it. */
export async function build(source: Source, options: CompileOptions): Promise<Built> {
  const { device = 'cpu', runtime, sessions = 1, profile, cache } = options;
  const ours = device === 'cpu' && runtime === undefined;
  const threads = options.threads ?? (ours ? await usualThreads() : undefined);
  const chosen = await chooseBinding(options);
  const { binding, kernels, precision } = chosen;
  const resident = (options.resident ?? false) && binding.keeps.includes(device);
  const open = (graph: PreparedGraph, saveTo?: string) => {
    const settings = { device, threads, profile, customOps: kernels?.path, saveTo, resident };
    return createProgram(binding, graph, { ...settings, donated: donatedOf(options) });
  };
  const key = cache && graphKey(source, options, chosen);
  const start = performance.now();
  const found = cache && key ? await readGraph(cache, key) : undefined;
  const reopened = found && (await open(found).catch(() => undefined));
  const graph = reopened ? found! : await record(source, options, chosen);
  const ready = performance.now();
  // What ONNX Runtime makes of a graph for a CPU depends on nothing of this process; what it makes for a GPU might.
  const isKept = device === 'cpu' && (key !== undefined || sessions > 1);
  const first: Opened = reopened
    ? { program: reopened, graph }
    : isKept
      ? await openAndKeep(graph, open)
      : { program: await open(graph), graph };
  if (cache && key && !reopened) await writeGraph(cache, key, first.graph);
  return {
    program: sessions > 1 ? sessionPool(first.program, () => open(first.graph)) : first.program,
    recorded: !reopened,
    traceMs: reopened ? 0 : ready - start,
    sessionMs: performance.now() - (reopened ? start : ready),
    nodes: graph.nodes,
    modelBytes: graph.model.byteLength,
    precision,
  };
}

async function record(
  { fn, name, args }: Source,
  options: CompileOptions,
  chosen: Chosen,
): Promise<PreparedGraph> {
  const { device = 'cpu', threads = usualCut } = options;
  const traced = await backendTurn(() => explained(name, args, fn.length, () => trace(fn, args, name)));
  const onCpu = device === 'cpu';
  const passes = onCpu
    ? enginePasses(threads, kernelPassesOf(options, chosen))
    : gpuPasses(device, chosen.precision);
  const graph = optimize(traced.graph, passes);
  const shapes = traced.graph.outputs.map(({ shape }) => shape);
  return prepareGraph({ ...traced, graph, shapes }, { onCpu, donated: donatedOf(options) });
}

/** First parts of the paths of donated arguments. */
const donatedOf = ({ donate = [] }: CompileOptions): ReadonlySet<string> => new Set(donate.map(String));

/** Which operators of our own a graph gets. */
function kernelPassesOf(options: CompileOptions, { kernels, precision }: Chosen): KernelPasses {
  if (kernels === undefined) return {};
  const bf16 = precision === 'bf16';
  const elementwise = bf16 ? 'fast' : (options.kernels ?? 'exact');
  return { bf16, elementwise, products: bf16 || (elementwise === 'fast' && kernels.float32) };
}

/**
 * All that decides a graph but what the function closes over and the code of the packages at work.
 *
 * @returns Nothing where the version of ONNX Runtime is not known.
 */
export function graphKey(
  { fn, name, signature }: Omit<Source, 'args'>,
  options: CompileOptions,
  chosen: Chosen,
): string | undefined {
  const { device = 'cpu', threads = null, donate = [] } = options;
  const { version } = chosen.binding;
  if (version === undefined) return undefined;
  return JSON.stringify({
    name,
    function: String(fn),
    signature,
    device,
    threads,
    donate,
    precision: chosen.precision,
    passes: kernelPassesOf(options, chosen),
    kernels: chosen.kernels?.digest ?? null,
    runtime: version,
  });
}
