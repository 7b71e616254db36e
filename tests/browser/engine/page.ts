import {
  compile,
  type Device,
  disposeArrays,
  eager,
  exportOnnx,
  type OnnxRuntime,
  readArrays,
} from '@m3ae/compile';
import { type NdArray, ndArray } from '@m3ae/tree';
import { mul, scalar, square, sub, sum, type Tensor } from '@tensorflow/tfjs-core';
import * as web from 'onnxruntime-web';
import * as wasm from 'onnxruntime-web/wasm';
import * as webgpu from 'onnxruntime-web/webgpu';
import { compute, input } from './function.js';

const runtimes: Readonly<Record<string, unknown>> = { web, wasm, webgpu };

/** The text of an error, or nothing. */
const messageOf = (run: Promise<unknown>) =>
  run.then(
    () => '',
    (error: Error) => error.message,
  );

const computeWith = async (name: string, device: Device) =>
  compile(compute, { runtime: runtimes[name] as OnnxRuntime, device, threads: 1 })(input(), 0.1);

/** 50 steps down the slope of (w - 3)^2, on a state that stays on the GPU; the loss is read at the end alone. */
async function descend(beforeStep: (step: number) => Promise<void> = async () => {}) {
  const runtime = runtimes.webgpu as OnnxRuntime;
  const fn = (w: Tensor, rate: Tensor) => {
    const away = sub(w, scalar(3));
    return { w: sub(w, mul(rate, mul(away, scalar(2)))), loss: sum(square(away)) };
  };
  const step = compile(fn, { runtime, device: 'webgpu', donate: [0], resident: true });
  let w = ndArray(new Float32Array(1000), [1000]);
  let last: { loss: NdArray } | undefined;
  for (let i = 0; i < 50; i++) {
    await beforeStep(i);
    disposeArrays(last?.loss);
    const result = await step(w, 0.05);
    w = result.w;
    last = result;
  }
  const read = await readArrays({ first: w, loss: last!.loss });
  const { sentBytes, readBytes } = step.stats();
  await step.dispose();
  return { w: read.first.data[999], loss: read.loss.data[0], sentBytes, readBytes };
}

/** What the test asks for; its answers become JSON. */
const answers = {
  /** Results by name: shape, kind of array, elements. */
  values: async (name: string, device: Device) =>
    Object.entries(await computeWith(name, device)).map(([key, { shape, data }]) => [
      key,
      shape,
      data.constructor.name,
      [...data],
    ]),
  failureWithoutWasm: () => {
    web.env.wasm.wasmPaths = '/nowhere/';
    return messageOf(computeWith('web', 'cpu'));
  },
  descend: () => descend(),
  lost: () =>
    messageOf(
      descend(async (step) => {
        if (step === 20) (await webgpu.env.webgpu.device).destroy();
      }),
    ),
  hasAdapter: async () => {
    const { gpu } = navigator as { gpu?: { requestAdapter(): Promise<unknown> } };
    return ((await gpu?.requestAdapter()) ?? null) !== null;
  },
  withoutRuntime: () => messageOf(compile(compute)(input(), 0.1)),
  fileFromBrowser: () => messageOf(exportOnnx(compute, [input(), 0.1], 'compute.onnx')),
  nodeBackend: () => messageOf(eager(compute, { backend: 'tensorflow' })(input(), 0.1)),
};

Object.assign(globalThis, { answers });
