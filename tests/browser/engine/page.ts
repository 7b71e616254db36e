import { compile, type Device, eager, exportOnnx, type OnnxRuntime } from '@m3ae/compile';
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
  hasAdapter: async () => {
    const { gpu } = navigator as { gpu?: { requestAdapter(): Promise<unknown> } };
    return ((await gpu?.requestAdapter()) ?? null) !== null;
  },
  withoutRuntime: () => messageOf(compile(compute)(input(), 0.1)),
  fileFromBrowser: () => messageOf(exportOnnx(compute, [input(), 0.1], 'compute.onnx')),
  nodeBackend: () => messageOf(eager(compute, { backend: 'tensorflow' })(input(), 0.1)),
};

Object.assign(globalThis, { answers });
