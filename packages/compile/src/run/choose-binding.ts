import { invalidField, messageOf } from '@m3ae/errors';
import type { CompileOptions } from '../options.js';
import type { Binding } from './session.js';
import { lackOfBf16 } from './native/cuda-driver.js';
import { type Kernels, loadKernels, loadKoffi, nativeApi } from './native/library.js';
import type { OrtApi } from './native/api.js';
import { nativeBinding } from './native/binding.js';
import { type Device, givenRuntime, loadRuntime } from './runtime.js';
import { stockBinding } from './stock-session.js';

/** What a function will run on. */
export interface Chosen {
  readonly binding: Binding;
  /** Operators of our own; undefined where they cannot be used. */
  readonly kernels?: Kernels;
  /** Of matrix products. */
  readonly precision: 'float32' | 'bf16';
}

/**
 * The way to reach ONNX Runtime, operators and precision: on a CPU its C API with our own operators where both can be had; on CUDA bf16
 * where the card multiplies it.
 *
 * @throws InvalidInput if bf16 was asked for and cannot be had.
 */
export async function chooseBinding(options: CompileOptions): Promise<Chosen> {
  const { runtime, device = 'cpu', precision = 'float32', onNote = () => {} } = options;
  const place = async (binding: Binding, lack: string): Promise<Chosen> =>
    device === 'cpu' ? inFloat32(binding, lack, options) : onGpu(binding, options);
  if (runtime !== undefined)
    return place(stockBinding(givenRuntime(runtime)), 'a given runtime has no bf16 products on a CPU');
  let api: OrtApi;
  try {
    api = await nativeApi();
  } catch (error) {
    const reason = firstLine(error);
    const stock = await place(stockBinding(await loadRuntime()), reason);
    const also = (options.sessions ?? 1) > 1 ? ', and calls run one after the other' : '';
    onNote(`The C API of ONNX Runtime is not used, which ${costs[device]}${also}: ${reason}`);
    return stock;
  }
  if (device !== 'cpu') return onGpu(nativeBinding(api), options);
  try {
    const kernels = await loadKernels(await loadKoffi(), api);
    const binding = nativeBinding(api, kernels);
    if (kernels.bf16 && precision !== 'float32') return { binding, kernels, precision: 'bf16' };
    const chosen = { ...inFloat32(binding, 'this processor has no bf16 products', options), kernels };
    if (precision === 'auto') onNote('Products are in float32: this processor has none in bf16.');
    return chosen;
  } catch (error) {
    const chosen = inFloat32(nativeBinding(api), firstLine(error), options);
    // Those that are used by default change nothing but a little time.
    if (precision === 'auto' || options.kernels === 'fast')
      onNote(`Products are in float32, without kernels of our own: ${firstLine(error)}`);
    return chosen;
  }
}

/** What it costs to do without the C API. */
const costs: Readonly<Record<Device, string>> = {
  cpu: 'costs a copy of every result',
  webgpu: 'keeps the event loop waiting while a graph is handed over',
  cuda: 'sends the state through the host at each step',
};

/** @throws InvalidInput if bf16 was asked for. */
function inFloat32(binding: Binding, lack: string, { precision }: CompileOptions): Chosen {
  if (precision === 'bf16') {
    const remedy = "Use 'auto' for bf16 where it can be had, or 'float32'.";
    throw invalidField('precision', `one that this machine has (${lack})`, precision, remedy);
  }
  return { binding, precision: 'float32' };
}

/** On a GPU, where bf16 is a matter of the card. */
async function onGpu(binding: Binding, options: CompileOptions): Promise<Chosen> {
  const { device, precision = 'float32', onNote = () => {} } = options;
  if (precision === 'float32') return { binding, precision };
  const lack = device === 'cuda' ? await lackOfBf16() : 'WebGPU has no bf16';
  if (lack === undefined) return { binding, precision: 'bf16' };
  if (device === 'cuda' && precision === 'auto') onNote(`Products are in float32: ${lack}.`);
  return inFloat32(binding, lack, options);
}

/**
 * What `precision` comes to on this machine: that of matrix products as they will run.
 *
 * @throws InvalidInput if bf16 was asked for and cannot be had.
 */
export async function resolvePrecision(
  options: Pick<CompileOptions, 'device' | 'precision' | 'runtime' | 'onNote'>,
): Promise<Chosen['precision']> {
  return (await chooseBinding(options)).precision;
}

const firstLine = (error: unknown) => messageOf(error).split('\n', 1)[0]!;
