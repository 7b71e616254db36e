import type { Program, Runner } from '@m3ae/compile';
import { type PictureInput, preparePicture } from '@m3ae/datasets';
import { faultOf, type MaybeFault, requireList, requirePositiveInteger, throwFaults } from '@m3ae/errors';
import { encodeCaption, type EncodedCaption } from '@m3ae/preprocess';
import { type M3aeParams, representM3ae, representTrunk } from '@m3ae/transformer';
import type { NdArray } from '@m3ae/tree';
import type { Tensor, Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';
import { fillRows, stackRows } from '../batches.js';
import { textRows } from '../features/encode.js';
import { type EncodedPictures, pictureEncoder, pooledTokens } from '../features/encoder.js';
import { type OpenedModel, requireKind, requireText } from './opened-model.js';

/**
 * A person's picture as a model takes it.
 *
 * @param name - Of the input, for messages.
 * @returns [1, patches, patchDim]
 * @throws InvalidInput if the file is missing or no picture.
 */
export async function patchesOfPicture(
  picture: PictureInput,
  { image: { size, patchSize, mean, std } }: Pick<OpenedModel, 'image'>,
  name = 'picture',
): Promise<NdArray> {
  const data = await preparePicture(picture, { size, patchSize, mean, std }, name);
  const count = (size / patchSize) ** 2;
  return { shape: [1, count, data.length / count], data };
}

/**
 * A person's caption as a model takes it: what is longer than the model's text is cut off, as in training.
 *
 * @param name - Of the input, for messages.
 * @throws InvalidInput if it is empty, or the model cannot read words.
 */
export function captionFor(caption: string, model: OpenedModel, name = 'caption'): EncodedCaption {
  const { words, tokenizer, maxLength } = requireText(model, name);
  return encodeCaption(caption, words, {
    maxLength,
    trimmed: typeof tokenizer === 'object' && 'fullSize' in tokenizer,
    name,
  });
}

/** What an encoder makes of a batch; the last axis is that of the features. */
type EncodedBatch = EncodedPictures & { readonly patches: NdArray };

/** What it is given: [batch, patches, patchDim], and texts [batch, textLength] or pictures alone. */
interface Inputs {
  readonly patches: Tensor3D;
  readonly tokenIds?: Tensor2D;
  readonly paddingMask?: Tensor2D;
}

/** Makes a program of parameters and inputs, with nothing hidden. */
function exampleProgram({ config }: OpenedModel, runner: Runner): Program<EncodedBatch> {
  const ofPictures = pictureEncoder(config);
  return runner<EncodedBatch>(
    'encoder',
    (params: M3aeParams<Tensor>, { patches, tokenIds, paddingMask }: Inputs) => {
      const { output } =
        tokenIds === undefined
          ? representTrunk(params, config, { patches })
          : representM3ae(params, config, { patches, tokenIds, paddingMask });
      const { logits } = ofPictures(params, patches);
      return { ...pooledTokens(output, patches.shape[1]), ...(logits && { logits }) };
    },
  );
}

/** Features of some pictures, a row each, in the order they were given. */
export interface EncodedPicturesOf {
  /** Numbers of one token. */
  readonly dim: number;
  /** The CLS token: [pictures, dim]. */
  readonly cls: Float32Array;
  /** Mean of the patch tokens: [pictures, dim]. */
  readonly mean: Float32Array;
  /** Every patch token, row by row of the picture: [pictures, patches, dim]. */
  readonly patches: Float32Array;
  /** Of a supervised model's head: [pictures, classes]. */
  readonly logits?: Float32Array;
}

/** Encodes pictures of a person. */
export interface ExampleEncoder {
  /**
   * Encodes pictures with nothing hidden, prepared as evaluations prepare them: the shorter side resized, the center cut out,
   * normalized.
   *
   * @param pictures - Paths, bytes of files, or pixels.
   * @param captions - One for each picture, for an M3AE: the patches then see the words. Without them the encoder sees
   * pictures alone, as a probe does.
   * @throws InvalidInput if a picture cannot be read, a caption is empty, or captions do not fit the pictures or the model.
   */
  encode(pictures: readonly PictureInput[], captions?: readonly string[]): Promise<EncodedPicturesOf>;
  /** Frees what the encoder holds; it cannot be used afterwards. */
  dispose(): Promise<void>;
}

function checkExamples(
  { kind, name }: OpenedModel,
  pictures: readonly PictureInput[],
  captions: readonly string[] | undefined,
): void {
  requireList('pictures', pictures, 'Give paths of files, e.g. ["cat.jpg"].');
  if (captions !== undefined) requireList('captions', captions, 'Give one for each picture.');
  const count = captions?.length;
  const reads = kind === 'm3ae';
  const faults: MaybeFault[] = [
    pictures.length === 0 &&
      faultOf('pictures', 'a list of at least one', 'none', 'Give paths of files, e.g. ["cat.jpg"].'),
    count !== undefined &&
      !reads &&
      faultOf(
        'captions',
        'left out for an encoder that sees pictures alone',
        `${count} for ${name}, of method "${kind}"`,
        'Encode the pictures without them.',
      ),
    count !== undefined &&
      reads &&
      count !== pictures.length &&
      faultOf('captions', `as many as pictures, ${pictures.length}`, count, 'Give each picture its own.'),
  ];
  throwFaults(faults);
}

/**
 * The encoder of a model for pictures of a person. Batches have one size, so that the engine prepares once.
 *
 * @throws InvalidInput for a model of an unknown kind, or a `batchSize` that is no positive integer.
 *
 * @example
 * ```ts
 * const encoder = createExampleEncoder(model, { runner: createRunner() });
 * const { mean, dim } = await encoder.encode(['cat.jpg', 'dog.jpg']); // mean: [2, dim]
 * await encoder.dispose();
 * ```
 */
export function createExampleEncoder(
  model: OpenedModel,
  { runner, batchSize = 64 }: { readonly runner: Runner; readonly batchSize?: number },
): ExampleEncoder {
  requireKind(model);
  requirePositiveInteger('batchSize', batchSize, 'Take 32.');
  const program = exampleProgram(model, runner);
  const inputsOf = async (
    pictures: readonly PictureInput[],
    captions: readonly string[] | undefined,
    start: number,
  ) => {
    const patches: NdArray[] = [];
    for (const [at, picture] of pictures.entries())
      patches.push(await patchesOfPicture(picture, model, `pictures[${start + at}]`));
    const texts = captions?.map((caption, at) => captionFor(caption, model, `captions[${start + at}]`));
    return { patches: stackRows(patches), ...(texts && textRows(texts)) };
  };
  return {
    async encode(pictures, captions) {
      checkExamples(model, pictures, captions);
      const size = Math.min(batchSize, pictures.length);
      const found: Record<string, Float32Array> = {};
      for (let start = 0; start < pictures.length; start += size) {
        const end = Math.min(start + size, pictures.length);
        const own = await inputsOf(pictures.slice(start, end), captions?.slice(start, end), start);
        const full = Object.entries(own).map(([name, array]) => [name, fillRows(array, 0, size)] as const);
        const made = await program.run(model.params, Object.fromEntries(full));
        for (const [name, { shape, data }] of Object.entries(made)) {
          const width = data.length / shape[0]!;
          found[name] ??= new Float32Array(pictures.length * width);
          found[name].set(data.subarray(0, (end - start) * width), start * width);
        }
      }
      const { cls, mean, patches, logits } = found;
      return {
        dim: model.config.embedDim,
        cls: cls!,
        mean: mean!,
        patches: patches!,
        ...(logits && { logits }),
      };
    },
    dispose: () => program.dispose(),
  };
}
