import type { Loader } from '@m3ae/datasets';
import type { Matrix } from '@m3ae/evaluation';
import {
  type M3aeConfig,
  type M3aeParams,
  type MaeParams,
  representM3ae,
  representMae,
} from '@m3ae/transformer';
import type { NdArray, Tree } from '@m3ae/tree';
import { mean, reshape, slice, type Tensor, type Tensor3D } from '@tensorflow/tfjs-core';
import type { Engine } from '../run/engine.js';
import { pooledPixels } from './pixels.js';

/** Features of some pictures, and their classes. */
export interface PartFeatures {
  /** CLS token of the encoder: [pictures, embedDim]. */
  readonly cls: Matrix;
  /** Mean of the encoder's patch tokens: [pictures, embedDim]. */
  readonly mean: Matrix;
  /** Raw pixels, perhaps averaged over squares: [pictures, pixels]. */
  readonly pixels: Matrix;
  /** [pictures] */
  readonly labels: Int32Array;
}

/** The frozen encoder: pictures in, two vectors a picture out. */
export interface Encoder {
  encode(patches: NdArray): Promise<{ cls: NdArray; mean: NdArray }>;
  dispose(): Promise<void>;
}

/** Prepares the encoder of a model; it sees whole pictures, without text and with nothing hidden. */
export function createEncoder(
  method: 'm3ae' | 'mae',
  model: M3aeConfig,
  params: Tree<NdArray>,
  engine: Engine,
): Encoder {
  const program = engine<{ cls: NdArray; mean: NdArray }>(
    'encoder',
    (tensors: Tree<Tensor>, patches: Tensor3D) => {
      const { output } =
        method === 'mae'
          ? representMae(tensors as MaeParams<Tensor>, model, { patches })
          : representM3ae(tensors as M3aeParams<Tensor>, model, { patches });
      const [batch, tokens, dim] = output.shape;
      return {
        cls: reshape(slice(output, [0, 0, 0], [batch, 1, dim]), [batch, dim]),
        mean: mean(slice(output, [0, 1, 0], [batch, tokens - 1, dim]), 1), // [batch, dim]
      };
    },
  );
  return { encode: (patches) => program.run(params, patches), dispose: () => program.dispose() };
}

/** What {@link partFeatures} reads from. */
export interface FeatureSource {
  readonly loader: Loader;
  readonly indices: Int32Array;
  readonly batchSize: number;
  readonly patchSize: number;
  readonly channels: number;
}

function growing(rows: number): {
  write(at: number, values: ArrayLike<number>, count: number): void;
  matrix(): Matrix;
} {
  let data: Float32Array | undefined;
  let columns = 0;
  return {
    write(at, values, count) {
      columns = values.length / count;
      data ??= new Float32Array(rows * columns);
      const fits = Math.min(count, rows - at);
      for (let i = 0; i < fits * columns; i++) data[at * columns + i] = values[i]!;
    },
    matrix: () => ({ rows, columns, data: data ?? new Float32Array() }),
  };
}

/** Encodes every picture of a part, in batches of one size so that the engine prepares once. */
export async function partFeatures(
  encoder: Encoder,
  { loader, indices, batchSize, patchSize, channels }: FeatureSource,
): Promise<PartFeatures> {
  const rows = indices.length;
  const [cls, means, pixels] = [growing(rows), growing(rows), growing(rows)];
  const labels = new Int32Array(rows);
  const starts = Array.from({ length: Math.ceil(rows / batchSize) }, (_, batch) => batch * batchSize);
  // A last batch that is short is filled up with its first picture; the surplus is not written.
  const requests = starts.map((start) => ({
    step: 0,
    indices: Int32Array.from({ length: batchSize }, (_, at) => indices[start + at] ?? indices[start]!),
  }));
  let at = 0;
  for await (const batch of loader.stream(requests)) {
    const patches = batch.patches!;
    const encoded = await encoder.encode(patches);
    cls.write(at, encoded.cls.data, batchSize);
    means.write(at, encoded.mean.data, batchSize);
    pixels.write(at, pooledPixels(patches, patchSize, channels), batchSize);
    if (batch.labels) labels.set(batch.labels.data.subarray(0, Math.min(batchSize, rows - at)), at);
    at += batchSize;
  }
  return { cls: cls.matrix(), mean: means.matrix(), pixels: pixels.matrix(), labels };
}
