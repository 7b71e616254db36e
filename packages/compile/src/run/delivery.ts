import type { NdArray } from '@m3ae/tree';
import type { onnx as Onnx } from 'onnx-proto';
import type { InferenceSession, OnnxValue } from 'onnxruntime-node';
import { createValue } from '../ir/graph.js';
import { graphBuilder } from '../ir/builder.js';
import { encodeModel } from '../ir/to-onnx.js';
import type { OnnxRuntime } from './runtime.js';
import { type Device, sessionOptions } from './session-options.js';

/**
 * Where a runtime leaves the results of a run that was given arrays for them: only in the tensors that it returns
 * (`onnxruntime-web`, which returns the given ones unfilled), in both, or in the given arrays alone.
 */
export type Delivery = 'returned' | 'both' | 'given';

/** Tensors by the names of inputs or outputs. */
export type NamedTensors = Readonly<Record<string, OnnxValue>>;

/**
 * Name of the extra output that {@link withMarker} puts first.
 *
 * After a run, `onnxruntime-node` copies each output into a new array, even one that was written into an array of the
 * caller's, which costs a training step a copy of its whole state. It goes through the outputs in order and gives up
 * with an error at the first that is no tensor. By then the run is complete and the caller's arrays are filled.
 */
const marker = 'results are already in place';

/** How `onnxruntime-node` words that error. */
const givenUp = /non tensor type is temporarily not supported/i;

/** Adds the extra output, an empty list. */
function withMarker(graph: Onnx.IGraphProto): Onnx.IGraphProto {
  const element = { tensorType: { elemType: 1, shape: { dim: [] } } };
  return {
    ...graph,
    node: [{ opType: 'SequenceEmpty', input: [], output: [marker], attribute: [] }, ...(graph.node ?? [])],
    output: [{ name: marker, type: { sequenceType: { elemType: element } } }, ...(graph.output ?? [])],
  };
}

/** The last change to an encoded model, so that its results are delivered in this way. */
export function finishFor(delivery: Delivery): (encoded: Onnx.IGraphProto) => Onnx.IGraphProto {
  return delivery === 'given' ? withMarker : (encoded) => encoded;
}

/** Runs a session into the given tensors; those for which `delivery` is `returned` are left as they are. */
export async function runInto(
  session: InferenceSession,
  feeds: NamedTensors,
  results: NamedTensors,
  delivery: Exclude<Delivery, 'returned'>,
): Promise<void> {
  if (delivery === 'both') {
    await session.run(feeds, results);
    return;
  }
  try {
    await session.run(feeds, { [marker]: null, ...results });
  } catch (error) {
    if (!(error instanceof Error && givenUp.test(error.message))) throw error;
  }
}

/** Runs a session that allocates its results. */
export async function runReturning(
  session: InferenceSession,
  feeds: NamedTensors,
  names: readonly string[],
): Promise<NdArray['data'][]> {
  const returned = await session.run(feeds, names);
  return Promise.all(names.map((name) => returned[name]!.getData() as Promise<NdArray['data']>));
}

const known = new WeakMap<OnnxRuntime, Map<Device, Promise<Delivery>>>();

/** Finds out where a runtime leaves its results, by running a model of one node; each runtime is asked once a device. */
export function deliveryOf(runtime: OnnxRuntime, device: Device): Promise<Delivery> {
  const byDevice = known.get(runtime) ?? new Map<Device, Promise<Delivery>>();
  known.set(runtime, byDevice);
  let delivery = byDevice.get(device);
  if (delivery === undefined) {
    delivery = tryDeliveries(runtime, device);
    byDevice.set(device, delivery);
    // What is missing, such as a driver, may be there at the next call.
    delivery.catch(() => byDevice.delete(device));
  }
  return delivery;
}

async function tryDeliveries(runtime: OnnxRuntime, device: Device): Promise<Delivery> {
  if (!(await fillsGiven(runtime, device, 'both'))) return 'returned';
  if (device !== 'cpu') return 'both';
  const without = await fillsGiven(runtime, device, 'given').catch(() => false);
  return without ? 'given' : 'both';
}

/** Whether `-x` arrives in the array given for it. */
async function fillsGiven(
  { InferenceSession, Tensor }: OnnxRuntime,
  device: Device,
  delivery: Exclude<Delivery, 'returned'>,
): Promise<boolean> {
  const input = createValue([2], 'float32', 'x');
  const graph = graphBuilder();
  const output = graph.identity(graph.node('Neg', [input], input), 'y');
  const model = encodeModel(graph.finish([input], [output]), 'probe', finishFor(delivery));
  const session = await InferenceSession.create(model, sessionOptions(device, 1));
  try {
    const given = new Float32Array(2);
    const x = new Tensor('float32', Float32Array.of(3, -4), [2]);
    await runInto(session, { x }, { y: new Tensor('float32', given, [2]) }, delivery);
    return given[0] === -3 && given[1] === 4;
  } finally {
    await session.release();
  }
}
