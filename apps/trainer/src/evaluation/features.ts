import type { Loader } from '@m3ae/datasets';
import type { Matrix } from '@m3ae/evaluation';
import type { M3aeConfig } from '@m3ae/transformer';
import type { NdArray, Tree } from '@m3ae/tree';
import { mean as meanOf, reshape, slice, type Tensor, type Tensor3D } from '@tensorflow/tfjs-core';
import type { Program, Runner } from '@m3ae/compile';
import type { Method } from '../run/task.js';
import { classifyPictures, representPictures } from './represent.js';
import { rowsOf } from './rows.js';

/** Features of the pictures that could be read, and their classes. */
export interface PartFeatures {
  /** By name: `cls` and `mean` are [pictures, embedDim], `pixels` is [pictures, pixels]. */
  readonly matrices: Readonly<Record<string, Matrix>>;
  /** 0 where the pictures have no classes: [pictures]. */
  readonly labels: Int32Array;
  /** Which example each row is of: [pictures]. */
  readonly indices: Int32Array;
}

/** Features that the frozen model makes of a batch of pictures. */
export interface EncodedPictures {
  /** CLS token: [batch, embedDim]. */
  readonly cls: NdArray;
  /** Mean of the patch tokens: [batch, embedDim]. */
  readonly mean: NdArray;
  /** Of a supervised model's own head: [batch, classes]. */
  readonly logits?: NdArray;
}

/** The frozen encoder: pictures in, vectors out. */
export interface Encoder {
  encode(patches: NdArray): Promise<EncodedPictures>;
  dispose(): Promise<void>;
}

/** Names of what {@link createEncoder} gives for a method. */
export function encodedNames(method: Method): readonly (keyof EncodedPictures)[] {
  return method === 'supervised' ? ['cls', 'mean', 'logits'] : ['cls', 'mean'];
}

/** CLS token and mean of the patch tokens, out of an encoder's tokens: CLS, patches, and perhaps text after them. */
export function pooledTokens(
  output: Tensor3D,
  patches: number,
): { cls: Tensor; mean: Tensor; patches: Tensor } {
  const [batch, , dim] = output.shape;
  const tokens = slice(output, [0, 1, 0], [batch, patches, dim]);
  return {
    cls: reshape(slice(output, [0, 0, 0], [batch, 1, dim]), [batch, dim]),
    mean: meanOf(tokens, 1), // [batch, dim]
    patches: tokens,
  };
}

/** Makes a program of parameters and patches [batch, patches, patchDim]: whole pictures, no text, nothing hidden. */
export function encoderProgram(method: Method, model: M3aeConfig, engine: Runner): Program<EncodedPictures> {
  return engine<EncodedPictures>('encoder', (tensors: Tree<Tensor>, patches: Tensor3D) => {
    const output = representPictures(method, tensors, model, { patches });
    const { cls, mean } = pooledTokens(output, patches.shape[1]);
    return {
      cls,
      mean,
      ...(method === 'supervised' && { logits: classifyPictures(tensors, model, { patches }) }),
    };
  });
}

/** Prepares the encoder of a trained model. */
export function createEncoder(
  method: Method,
  model: M3aeConfig,
  params: Tree<NdArray>,
  engine: Runner,
): Encoder {
  const program = encoderProgram(method, model, engine);
  return { encode: (patches) => program.run(params, patches), dispose: () => program.dispose() };
}

/** What {@link partFeatures} reads from. */
export interface FeatureSource {
  readonly loader: Loader;
  readonly indices: Int32Array;
  readonly batchSize: number;
}

/** Makes features of a batch of pictures: a row each, by name. */
export type MakeFeatures = (patches: NdArray) => Promise<Readonly<Record<string, ArrayLike<number>>>>;

/** Matrices that are filled from above, of at most `rows` rows. */
function growing(rows: number) {
  const grown: Record<string, { columns: number; data: Float32Array }> = {};
  return {
    write(at: number, found: Readonly<Record<string, ArrayLike<number>>>, count: number, surplus: number) {
      for (const [name, values] of Object.entries(found)) {
        const columns = values.length / (count + surplus);
        const { data } = (grown[name] ??= { columns, data: new Float32Array(rows * columns) });
        for (let i = 0; i < count * columns; i++) data[at * columns + i] = values[i]!;
      }
    },
    matrices: (filled: number): Record<string, Matrix> =>
      Object.fromEntries(
        Object.entries(grown).map(([name, { columns, data }]) => [
          name,
          { rows: filled, columns, data: data.subarray(0, filled * columns) },
        ]),
      ),
  };
}

/**
 * Features of every picture of a part that can be read.
 *
 * Batches are filled up to one size, so that the engine prepares once; the surplus is not written.
 */
export async function partFeatures(
  make: MakeFeatures,
  { loader, indices, batchSize }: FeatureSource,
  onProgress: (done: number) => void = () => {},
): Promise<PartFeatures> {
  const grown = growing(indices.length);
  const labels = new Int32Array(indices.length);
  const read = new Int32Array(indices.length);
  const starts = Array.from(
    { length: Math.ceil(indices.length / batchSize) },
    (_, batch) => batch * batchSize,
  );
  const requests = starts.map((start) => ({ step: 0, indices: indices.slice(start, start + batchSize) }));
  let at = 0;
  let asked = 0;
  for await (const { patches, labels: found, indices: used } of loader.stream(requests)) {
    const count = used.length;
    if (count > 0) grown.write(at, await make(rowsOf(patches!, 0, batchSize)), count, batchSize - count);
    if (found) labels.set(found.data, at);
    read.set(used, at);
    at += count;
    asked = Math.min(asked + batchSize, indices.length);
    onProgress(asked);
  }
  return { matrices: grown.matrices(at), labels: labels.slice(0, at), indices: read.slice(0, at) };
}
