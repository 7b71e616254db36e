import { fileBytes } from './bytes.js';
import { replaceFile, type WrittenFile } from './durable-write.js';
import { planSafetensors, type SafetensorsInput, type SafetensorsPlan } from './encode-safetensors.js';

/** The bytes of a planned file, tensor by tensor: views, not copies. */
export function* safetensorsChunks(plan: SafetensorsPlan): Generator<Uint8Array> {
  yield plan.head;
  for (const [, { data }] of plan.tensors) yield fileBytes(data);
}

/**
 * Writes tensors to a safetensors file, streaming: the memory in use does not grow by the size of the file.
 *
 * The file appears whole, by rename after fsync; one of the same name is replaced. The tensors must not change meanwhile.
 *
 * @param path - Of the file; its folder must exist.
 * @param tensors - As for `encodeSafetensors`.
 * @param metadata - Strings by name.
 * @returns Size and SHA-256 of the file; equal content gives equal bytes.
 * @throws InvalidInput naming every unfit tensor.
 * @throws Error if the disk is full or the folder cannot be written.
 *
 * @example
 * ```ts
 * const { sha256 } = await writeSafetensorsFile('model.safetensors', { bias: { shape: [2], data: Float32Array.of(1, 2) } });
 * ```
 */
export async function writeSafetensorsFile(
  path: string,
  tensors: SafetensorsInput,
  metadata: Readonly<Record<string, string>> = {},
): Promise<WrittenFile> {
  return replaceFile(path, safetensorsChunks(planSafetensors(tensors, metadata)));
}
