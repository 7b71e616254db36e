import type { Binding } from './graph-session.js';
import { nativeApi } from './native/library.js';
import { nativeBinding } from './native/session.js';
import { givenRuntime, loadRuntime, type OnnxRuntime } from './runtime.js';
import type { Device } from './session-options.js';
import { stockBinding } from './stock-session.js';

/**
 * The way to reach ONNX Runtime: its C API on a CPU, where nothing else was asked for and it can be had.
 *
 * @param onNote - Told in a line why the C API is not used.
 */
export async function chooseBinding(
  { runtime, device }: { readonly runtime?: OnnxRuntime; readonly device: Device },
  onNote: (note: string) => void,
): Promise<Binding> {
  if (runtime !== undefined) return stockBinding(givenRuntime(runtime));
  if (device === 'cpu') {
    try {
      return nativeBinding(await nativeApi());
    } catch (error) {
      const reason = String(error instanceof Error ? error.message : error).split('\n', 1)[0];
      onNote(`The C API of ONNX Runtime is not used, which costs a copy of every result: ${reason}`);
    }
  }
  return stockBinding(await loadRuntime());
}
