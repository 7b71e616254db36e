import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { DataSplit } from '@m3ae/datasets';
import { toNdArray } from '@m3ae/checkpoint';
import {
  digestJson,
  digestTrees,
  makeFolder,
  readSafetensorsFile,
  writeSafetensorsFile,
} from '@m3ae/checkpoint/files';
import { isInvalidInput } from '@m3ae/errors';
import type { NdArray } from '@m3ae/tree';
import type { EncodedExamples } from '../features/encode.js';
import type { PatchLayout } from '../reconstruction/rebuilt.js';

/**
 * Where the features of a split lie: another file for anything that they depend on, pictures, labels, preparation, model.
 *
 * @param maker - First 16 digits of the weights' SHA-256, or `pixels`.
 */
export function featurePath(
  folder: string,
  maker: string,
  { dataset, indices }: Pick<DataSplit, 'indices'> & { readonly dataset: { readonly fingerprint: string } },
  { size, patchSize, mean, std }: Pick<PatchLayout, 'size' | 'patchSize' | 'mean' | 'std'>,
): string {
  const bytes = new Uint8Array(indices.buffer, indices.byteOffset, indices.byteLength);
  const places = createHash('sha256').update(bytes).digest('hex');
  const split = digestJson([dataset.fingerprint, places, size, patchSize, mean, std]);
  return join(folder, 'features', `${maker}-${split.slice(0, 16)}.safetensors`);
}

/**
 * Reads stored features; nothing where there are none, or the file is damaged: then the pictures are encoded again.
 * Files without `indices` are of an earlier version, which put other pictures in the place of those that could not be read.
 */
export async function readFeatures(
  path: string,
  names: readonly string[],
): Promise<EncodedExamples | undefined> {
  if (!existsSync(path)) return undefined;
  try {
    const { tensors, metadata } = await readSafetensorsFile(path);
    const read = Object.entries(tensors).map(([name, tensor]) => [name, toNdArray(tensor, name)] as const);
    const arrays = Object.fromEntries(read);
    if (metadata.sha256 !== digestTrees({ arrays })) return undefined;
    const { labels, indices, ...others } = arrays;
    if (labels === undefined || indices === undefined || names.some((name) => others[name] === undefined))
      return undefined;
    const features = Object.entries(others).map(([name, { shape, data }]) => [
      name,
      { rows: shape[0]!, columns: shape[1]!, data: Float32Array.from(data) },
    ]);
    return {
      features: Object.fromEntries(features),
      labels: Int32Array.from(labels.data),
      indices: Int32Array.from(indices.data),
    };
  } catch (error) {
    if (isInvalidInput(error)) return undefined;
    throw error;
  }
}

/** Stores features of some names; the file appears whole or not at all, whoever else writes it. */
export async function writeFeatures(
  path: string,
  { features, labels, indices }: EncodedExamples,
  names: readonly string[],
): Promise<void> {
  makeFolder(dirname(path));
  const tensors = names.map((name) => {
    const { rows, columns, data } = features[name]!;
    return [name, { shape: [rows, columns], data }] as const;
  });
  const arrays: Record<string, NdArray> = {
    ...Object.fromEntries(tensors),
    labels: { shape: [labels.length], data: labels },
    indices: { shape: [indices.length], data: indices },
  };
  await writeSafetensorsFile(path, arrays, { sha256: digestTrees({ arrays }) });
}

/** A maker of features: its file, and what stands in it. */
export interface Maker {
  readonly name: string;
  readonly features: readonly string[];
}

/** Features of all makers side by side; nothing where one of them lacks, as then the pictures are read anyway. */
export async function readKept(
  paths: readonly string[],
  makers: readonly Maker[],
): Promise<EncodedExamples | undefined> {
  const found: EncodedExamples[] = [];
  for (const [at, path] of paths.entries()) {
    const features = await readFeatures(path, makers[at]!.features);
    if (features === undefined) return undefined;
    found.push(features);
  }
  const [first] = found;
  if (!first || found.some((one) => one.indices.length !== first.indices.length)) return undefined;
  return { ...first, features: Object.assign({}, ...found.map(({ features }) => features)) };
}
