import type { Program, Runner } from '@m3ae/compile';
import type { Loader } from '@m3ae/datasets';
import { requirePositiveInteger } from '@m3ae/errors';
import {
  applyClassifier,
  type ClassifierConfig,
  type ClassifierParams,
  type M3aeConfig,
  representTrunk,
  type TrunkParams,
} from '@m3ae/transformer';
import type { NdArray } from '@m3ae/tree';
import type { Tensor, Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';
import { fillRows } from '../batches.js';
import type { Matrix } from '../matrix.js';
import { type EvaluationPeers, inOrder, ownItems } from '../peers.js';
import { pooledTokens } from './pooling.js';

/** Features that the frozen model makes of a batch of pictures. */
export interface EncodedPictures<Leaf = NdArray> {
  /** CLS token: [batch, embedDim]. */
  readonly cls: Leaf;
  /** Mean of the patch tokens: [batch, embedDim]. */
  readonly mean: Leaf;
  /** Of a classifier's own head: [batch, classes]. */
  readonly logits?: Leaf;
}

/**
 * The frozen encoder of a model of any method, as a function of parameters and patches [batch, patches, patchDim]: whole
 * pictures, no text, nothing hidden.
 *
 * @param model - One with `classes` gives the logits of its own head beside.
 */
export function pictureEncoder(model: M3aeConfig | ClassifierConfig) {
  return (
    params: TrunkParams<Tensor> | ClassifierParams<Tensor>,
    patches: Tensor3D,
  ): EncodedPictures<Tensor2D> => {
    const { cls, mean: average } = pooledTokens(
      representTrunk(params, model, { patches }).output,
      patches.shape[1],
    );
    if (!('classes' in model && 'classifier' in params)) return { cls, mean: average };
    return { cls, mean: average, logits: applyClassifier(params, model, { patches }).output };
  };
}

/** The encoder of pictures alone, made ready by a runner; run it on parameters and patches. */
export function encoderProgram(
  runner: Runner,
  model: M3aeConfig | ClassifierConfig,
): Program<EncodedPictures> {
  return runner<EncodedPictures>('encoder', pictureEncoder(model));
}

/** Features of the pictures that could be read, and their classes. */
export interface EncodedExamples {
  /** By name: [pictures, columns] each. */
  readonly features: Readonly<Record<string, Matrix>>;
  /** 0 where the pictures have no classes: [pictures]. */
  readonly labels: Int32Array;
  /** Which example each row is of: [pictures]. */
  readonly indices: Int32Array;
}

/** Makes features of a batch of pictures [batch, patches, patchDim]: a row each, by name. */
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
 *
 * @param make - E.g. of {@link encoderProgram}; features of your own encoder do as well.
 * @param loader - One for evaluation: no chance, and what cannot be decoded left out.
 * @param indices - Examples of the loader's dataset.
 * @param onProgress - Told how many examples were asked for.
 * @param peers - Processes that encode a share of the batches each, and have all features at the end: the same bits as one
 * process alone.
 * @throws InvalidInput if `batchSize` is no positive integer.
 */
export async function encodePictures(
  make: MakeFeatures,
  loader: Pick<Loader, 'stream'>,
  indices: Int32Array,
  batchSize: number,
  onProgress: (done: number) => void = () => {},
  peers?: EvaluationPeers,
): Promise<EncodedExamples> {
  requirePositiveInteger('batchSize', batchSize, 'Take 32.');
  const size = Math.min(batchSize, indices.length);
  const grown = growing(indices.length);
  const labels = new Int32Array(indices.length);
  const read = new Int32Array(indices.length);
  const requests = Array.from({ length: Math.ceil(indices.length / size) }, (_, batch) => ({
    step: 0,
    indices: indices.slice(batch * size, (batch + 1) * size),
  }));
  async function* encoded() {
    for await (const { patches, labels: found, indices: used } of loader.stream(ownItems(requests, peers))) {
      const features = used.length === 0 ? {} : await make(fillRows(patches!, 0, size));
      yield { features, found: found?.data, used };
    }
  }
  let [at, asked] = [0, 0];
  for await (const { features, found, used } of inOrder(requests.length, encoded(), peers)) {
    grown.write(at, features, used.length, size - used.length);
    if (found) labels.set(found, at);
    read.set(used, at);
    at += used.length;
    asked = Math.min(asked + size, indices.length);
    onProgress(asked);
  }
  return { features: grown.matrices(at), labels: labels.slice(0, at), indices: read.slice(0, at) };
}
