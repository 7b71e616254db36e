import type { Tree } from '@m3ae/tree';
import { leavesOf } from '../../src/arguments.js';
import type { Pass } from '../../src/ir/graph.js';
import { optimize } from '../../src/optimize/index.js';
import { prepareGraph } from '../../src/run/prepared-graph.js';
import { loadRuntime } from '../../src/run/runtime.js';
import { createProgram } from '../../src/run/session.js';
import { stockBinding } from '../../src/run/stock-session.js';
import { trace } from '../../src/trace/trace.js';

/** What a function gives on a CPU after just these passes. */
export async function runWith(
  list: readonly Pass[],
  fn: unknown,
  args: readonly unknown[],
): Promise<unknown> {
  const traced = trace(fn as never, args as never, 'program');
  const graph = optimize(traced.graph, list);
  const shapes = traced.graph.outputs.map(({ shape }) => shape);
  const ready = await createProgram(
    stockBinding(await loadRuntime()),
    prepareGraph({ ...traced, graph, shapes }, { onCpu: true, donated: new Set() }),
    { device: 'cpu', threads: 1 },
  );
  const result = await ready.run(leavesOf(args as Tree<never>[], 'program'));
  await ready.release();
  return result;
}
