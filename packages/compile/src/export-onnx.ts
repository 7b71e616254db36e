import type { onnx as Onnx } from 'onnx-proto';
import type { Tree } from '@m3ae/tree';
import { faultOf, invalidField, throwFaults, unknownKeys } from '@m3ae/errors';
import { explained, type HostArguments, type HostLeaf, leavesOf } from './arguments.js';
import { batchAxes, freeBatch } from './ir/free-batch.js';
import type { Value } from './ir/graph.js';
import { encodeModel } from './ir/to-onnx.js';
import { backendTurn } from './lock.js';
import { optimize, passes, standardPasses } from './optimize/index.js';
import { trace } from './trace/trace.js';

/** How a file is written. */
export interface ExportOptions {
  /** Use only operators of the ONNX standard, for other runtimes than ONNX Runtime; false if left out. */
  readonly standardOnly?: boolean;
  /** Name of the graph in the file; the function's own if left out. */
  readonly name?: string;
  /**
   * The examples once more with another batch size: then the file takes any. Both need at least 2, and differ in nothing else.
   */
  readonly otherBatch?: readonly unknown[];
}

/**
 * Encodes a function as an ONNX model for the shapes of the examples.
 *
 * Inputs are named by the paths of their leaves (`0.params.encoder`), outputs likewise (`output.image`).
 *
 * @param fn - As for `compile`.
 * @param examples - Arguments whose shapes and element types the model will have; their elements do not matter.
 * @returns The bytes of the file.
 * @throws InvalidInput if an example is no tree of arrays and numbers, or an option is unknown.
 */
export async function toOnnx<Args extends readonly unknown[], Result>(
  fn: (...args: Args) => Result,
  examples: HostArguments<Args>,
  options: ExportOptions = {},
): Promise<Uint8Array> {
  throwFaults([
    ...unknownKeys('', options, ['standardOnly', 'name', 'otherBatch']),
    typeof fn !== 'function' && faultOf('fn', 'a function of tensors', fn, 'Pass it before the examples.'),
    !Array.isArray(examples) && faultOf('examples', 'a list of arguments', examples, 'Write [x] for one.'),
  ]);
  const name = options.name ?? (fn.name || 'compiled');
  const { otherBatch } = options;
  const record = async (args: readonly unknown[]) => {
    const leaves = args as Tree<HostLeaf>[];
    leavesOf(leaves, name);
    const { graph } = await backendTurn(() =>
      explained(name, leaves, fn.length, () => trace(fn, leaves, name)),
    );
    return optimize(graph, options.standardOnly ? standardPasses : passes);
  };
  const graph = await record(examples as readonly unknown[]);
  if (otherBatch === undefined) return encodeModel(graph, name);
  const other = await record(otherBatch);
  return encodeModel(freeBatch(graph, other), name, (encoded) => ({
    ...encoded,
    input: encoded.input?.map((info, i) => withBatch(info, graph.inputs[i]!, other.inputs[i]!)),
    output: encoded.output?.map((info, i) => withBatch(info, graph.outputs[i]!, other.outputs[i]!)),
  }));
}

/** An input or output whose batch has a name instead of a length. */
function withBatch(info: Onnx.IValueInfoProto, value: Value, other: Value): Onnx.IValueInfoProto {
  const axes = batchAxes(value, other);
  const dim = value.shape.map((dimValue, axis) =>
    axes.includes(axis) ? { dimParam: 'batch' } : { dimValue },
  );
  const tensorType = { ...info.type?.tensorType, shape: { dim } };
  return { ...info, type: { ...info.type, tensorType } };
}

/**
 * Writes a function as an `.onnx` file that any ONNX runtime can load; Node only.
 *
 * @param path - The file; an existing one is replaced.
 * @throws Error under the conditions of `compile`, and if the file cannot be written.
 *
 * @example
 * ```ts
 * await exportOnnx(encode, [params, { patches, tokenIds }], 'encoder.onnx');
 * ```
 */
export async function exportOnnx<Args extends readonly unknown[], Result>(
  fn: (...args: Args) => Result,
  examples: HostArguments<Args>,
  path: string,
  options: ExportOptions = {},
): Promise<void> {
  if (typeof path !== 'string') {
    throw invalidField('path', 'the name of a file', path, 'Pass it after the examples.');
  }
  const files: Partial<typeof import('node:fs/promises')> = await import('node:fs/promises');
  if (typeof files.writeFile !== 'function') {
    throw new Error(
      'exportOnnx must run in Node. In a browser take the bytes of toOnnx and offer them as a download.',
    );
  }
  await files.writeFile(path, await toOnnx(fn, examples, options));
}
