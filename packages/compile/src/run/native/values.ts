import type { NdArray } from '@m3ae/tree';
import type { NamedElements } from '../../host.js';
import { onnxType } from '../../ir/builder.js';
import type { OrtApi, Pointer } from './api.js';

/**
 * A tensor of ONNX Runtime over the elements of an array, which must outlive it.
 *
 * @param memoryInfo - That of a processor's memory.
 */
export function valueOver(
  api: OrtApi,
  memoryInfo: Pointer,
  { dtype, shape, data }: Omit<NamedElements, 'name'>,
): Pointer {
  // V8 keeps a small array where its garbage collector moves it, until somebody asks for the buffer.
  const { buffer, byteOffset, byteLength } = data;
  const bytes = new Uint8Array(buffer, byteOffset, byteLength);
  const lengths = BigInt64Array.from(shape, BigInt);
  const described = [lengths, lengths.length, onnxType(dtype)];
  return api.make('CreateTensorWithDataAsOrtValue', memoryInfo, bytes, byteLength, ...described);
}

/** Inputs or outputs of a session that are arrays on the host. */
export interface Binder {
  bind(arrays: readonly NamedElements[]): void;
  /** Frees what is bound. */
  release(): void;
}

/**
 * Binds arrays for a run.
 *
 * @param isKept - Whether an array stays bound from run to run, so that a state that stays in its arrays is bound once. A session on a GPU
 * copies an input when it is bound: there it has to be bound anew.
 */
export function binder(
  api: OrtApi,
  memoryInfo: Pointer,
  bindValue: (name: string, value: Pointer) => void,
  isKept: boolean,
): Binder {
  // The array is held too: ONNX Runtime has no more than its address.
  const bound = new Map<string, { readonly data: NdArray['data']; readonly value: Pointer }>();
  return {
    bind(arrays) {
      for (const { name, ...elements } of arrays) {
        const former = bound.get(name);
        const { data } = elements;
        if (isKept && former?.data === data) continue;
        const value = valueOver(api, memoryInfo, elements);
        bindValue(name, value);
        bound.set(name, { data, value });
        if (former) api.call('ReleaseValue', former.value);
      }
    },
    release() {
      for (const { value } of bound.values()) api.call('ReleaseValue', value);
      bound.clear();
    },
  };
}
