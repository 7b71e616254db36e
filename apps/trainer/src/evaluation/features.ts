import type { Loader } from '@m3ae/datasets';
import type { Matrix } from '@m3ae/evaluation';
import type { M3aeConfig } from '@m3ae/transformer';
import type { NdArray, Tree } from '@m3ae/tree';
import { mean as meanOf, reshape, slice, type Tensor, type Tensor3D } from '@tensorflow/tfjs-core';
import type { Engine, Program } from '../run/engine.js';
import { classifyPictures, type Method, representPictures } from '../step/index.js';

/** Features of some pictures, and their classes. */
export interface PartFeatures {
  /** By name: `cls` and `mean` are [pictures, embedDim], `pixels` is [pictures, pixels]. */
  readonly matrices: Readonly<Record<string, Matrix>>;
  /** [pictures] */
  readonly labels: Int32Array;
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
export function encoderProgram(method: Method, model: M3aeConfig, engine: Engine): Program<EncodedPictures> {
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
  engine: Engine,
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

function growing(rows: number) {
  const matrices: Record<string, { columns: number; data: Float32Array }> = {};
  return {
    write(at: number, found: Readonly<Record<string, ArrayLike<number>>>, count: number) {
      for (const [name, values] of Object.entries(found)) {
        const columns = values.length / count;
        const { data } = (matrices[name] ??= { columns, data: new Float32Array(rows * columns) });
        const fits = Math.min(count, rows - at) * columns;
        for (let i = 0; i < fits; i++) data[at * columns + i] = values[i]!;
      }
    },
    matrices: (): Record<string, Matrix> =>
      Object.fromEntries(Object.entries(matrices).map(([name, matrix]) => [name, { rows, ...matrix }])),
  };
}

/** Features of every picture of a part, made in batches of one size so that the engine prepares once. */
export async function partFeatures(
  make: MakeFeatures,
  { loader, indices, batchSize }: FeatureSource,
  onProgress: (done: number) => void = () => {},
): Promise<PartFeatures> {
  const rows = indices.length;
  const grown = growing(rows);
  const labels = new Int32Array(rows);
  const starts = Array.from({ length: Math.ceil(rows / batchSize) }, (_, batch) => batch * batchSize);
  // A last batch that is short is filled up with its first picture; the surplus is not written.
  const requests = starts.map((start) => ({
    step: 0,
    indices: Int32Array.from({ length: batchSize }, (_, at) => indices[start + at] ?? indices[start]!),
  }));
  let at = 0;
  for await (const batch of loader.stream(requests)) {
    grown.write(at, await make(batch.patches!), batchSize);
    if (batch.labels) labels.set(batch.labels.data.subarray(0, Math.min(batchSize, rows - at)), at);
    at += batchSize;
    onProgress(Math.min(at, rows));
  }
  return { matrices: grown.matrices(), labels };
}
