import type { Program, Runner } from '@m3ae/compile';
import { fillRows, stackRows } from '@m3ae/evaluation';
import { pictureEncoder, pooledTokens } from '@m3ae/evaluation/features';
import type { PictureInput } from '@m3ae/datasets';
import { type M3aeConfig, type M3aeParams, representM3ae, representTrunk } from '@m3ae/transformer';
import type { NdArray } from '@m3ae/tree';
import type { Tensor, Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';
import type { OpenedRun } from './open-run.js';
import { captionFor, patchesOfPicture } from './own-input.js';

/** What an encoder is given; text is absent for pictures alone. */
interface Inputs<Leaf, Patches = Leaf> {
  /** [batch, patches, patchDim] */
  readonly patches: Patches;
  /** int32 [batch, textLength] */
  readonly tokenIds?: Leaf;
  /** 1 = padding: [batch, textLength] */
  readonly paddingMask?: Leaf;
}

/** What an encoder makes of a batch; the last axis is that of the features. */
export interface EncodedBatch {
  /** [batch, embedDim] */
  readonly cls: NdArray;
  /** [batch, embedDim] */
  readonly mean: NdArray;
  /** [batch, patches, embedDim] */
  readonly patches: NdArray;
  /** Of a supervised model: [batch, classes]. */
  readonly logits?: NdArray;
}

/** Makes a program of parameters and inputs, with nothing hidden. */
export function exampleProgram(model: M3aeConfig, runner: Runner): Program<EncodedBatch> {
  return runner<EncodedBatch>(
    'encoder',
    (params: M3aeParams<Tensor>, { patches, tokenIds, paddingMask }: Inputs<Tensor2D, Tensor3D>) => {
      const { output } =
        tokenIds === undefined
          ? representTrunk(params, model, { patches })
          : representM3ae(params, model, { patches, tokenIds, paddingMask });
      const { logits } = pictureEncoder(model)(params, patches);
      return { ...pooledTokens(output, patches.shape[1]), ...(logits && { logits }) };
    },
  );
}

/** Pictures of a person and their captions. */
export interface OwnExamples {
  readonly pictures: readonly PictureInput[];
  /** As many as pictures. */
  readonly captions?: readonly string[];
}

/** Some of the examples as the model takes them. */
async function inputsOf(
  run: OpenedRun,
  { pictures, captions }: OwnExamples,
  [start, end]: readonly [number, number],
): Promise<Inputs<NdArray>> {
  const { image, text } = run.config;
  const count = (image.size / image.patchSize) ** 2;
  const patches: NdArray[] = [];
  for (let at = start; at < end; at++) {
    const data = await patchesOfPicture(pictures[at]!, run, `pictures[${at}]`);
    patches.push({ shape: [1, count, data.length / count], data });
  }
  if (captions === undefined) return { patches: stackRows(patches) };
  const texts = captions
    .slice(start, end)
    .map((caption, at) => captionFor(caption, run, `captions[${start + at}]`));
  const column = (name: 'tokenIds' | 'paddingMask') =>
    stackRows(texts.map((one) => ({ shape: [1, text.maxLength], data: one[name] })));
  return { patches: stackRows(patches), tokenIds: column('tokenIds'), paddingMask: column('paddingMask') };
}

/**
 * Encodes examples in batches of one size, so that the engine prepares once; the last is filled up, and the surplus left out.
 *
 * @param program - From {@link exampleProgram}.
 */
export async function encodeExamples(
  run: OpenedRun,
  program: Program<EncodedBatch>,
  examples: OwnExamples,
): Promise<EncodedBatch> {
  const total = examples.pictures.length;
  const batchSize = Math.min(run.config.evaluation.batchSize, total);
  const batches: EncodedBatch[] = [];
  for (let start = 0; start < total; start += batchSize) {
    const end = Math.min(start + batchSize, total);
    const { patches, tokenIds, paddingMask } = await inputsOf(run, examples, [start, end]);
    const full = (array: NdArray) => fillRows(array, 0, batchSize);
    const found = await program.run(run.params, {
      patches: full(patches),
      ...(tokenIds && paddingMask && { tokenIds: full(tokenIds), paddingMask: full(paddingMask) }),
    });
    const own = (array: NdArray) => fillRows(array, 0, end - start);
    const { cls, mean, logits } = found;
    batches.push({
      cls: own(cls),
      mean: own(mean),
      patches: own(found.patches),
      ...(logits && { logits: own(logits) }),
    });
  }
  const column = (name: 'cls' | 'mean' | 'patches') => stackRows(batches.map((batch) => batch[name]));
  const logits = batches.flatMap((batch) => batch.logits ?? []);
  return {
    cls: column('cls'),
    mean: column('mean'),
    patches: column('patches'),
    ...(logits.length > 0 && { logits: stackRows(logits) }),
  };
}
