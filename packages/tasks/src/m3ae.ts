import { faultOf, invalidField, isRecord } from '@m3ae/errors';
import {
  checkOptions,
  flag,
  matching,
  optional,
  optionalRecord,
  record,
  refined,
  type RulesOf,
  withDefault,
} from '@m3ae/errors/rules';
import { decayed, initM3ae, type M3aeParams, m3aeShapes } from '@m3ae/transformer';
import { fillTree, flattenTree, type NdArray, type Tree } from '@m3ae/tree';
import type { StepExamples, Task } from '@m3ae/training';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { M3aeBatch, M3aeTensors } from './batch.js';
import { codesOf, drawImagePlan, drawTexts, forwardNoise, type TextHiding } from './hide.js';
import { m3aeLoss } from './m3ae-loss.js';
import type { MaeTaskOptions } from './mae.js';
import { type HidingOptions, hidingRules, lossRule, modalityRules, resolvedModel } from './options.js';

/** What {@link m3ae} needs to know. */
export interface M3aeTaskOptions extends MaeTaskOptions {
  /** How word pieces are hidden. */
  readonly text?: HidingOptions & TextHiding;
  /** What the text head adds to its logits at the beginning: [vocabSize]. Default zeros, as in the reference. */
  readonly textHeadBias?: Float32Array;
}

const textRules = {
  ...modalityRules,
  corruption: optional(
    matching<NonNullable<TextHiding['corruption']>>(
      'a record of what corruptTokens takes',
      isRecord,
      'Write e.g. { maskRatio: 0.15 }.',
      {},
    ),
  ),
  leaveOutPadding: withDefault(flag('Leave it out for true.'), true),
} as const satisfies RulesOf<HidingOptions & TextHiding>;

const optionsRule = refined(
  record({
    ...hidingRules,
    model: resolvedModel,
    image: optionalRecord(record(modalityRules)),
    text: optionalRecord(record(textRules)),
    loss: lossRule,
    textHeadBias: optional(
      matching<Float32Array>(
        'a Float32Array',
        (bias) => bias instanceof Float32Array,
        'Leave it out for zeros.',
        new Float32Array(),
      ),
    ),
  }),
  ['model', 'textHeadBias'],
  ({ model: { vocabSize }, textHeadBias: bias }) => [
    bias !== undefined &&
      bias.length !== vocabSize &&
      faultOf('textHeadBias', `of ${vocabSize} numbers`, bias.length, 'Give each word piece one.'),
  ],
);

/** Path of the bias that the text head adds to its logits. */
const textBias = 'textHead.output.bias';

/**
 * Hides most of pictures and of their captions, and rebuilds both; pictures and texts may also come alone.
 *
 * The heads run on hidden tokens alone unless an option counts the others: with a vocabulary of 30,522 the text logits
 * are the widest tensor of the whole step.
 *
 * Where a loader gives codes of the patches (`imageIds`) and the model has as many outputs (`imageOutputDim`), they are predicted
 * instead of pixels.
 *
 * Metrics: `loss`, and as far as the batch has the part: `imageLoss`, `imageAccuracy` (of codes), `textLoss`, `textAccuracy`, `textTokenRatio` (share of
 * real tokens), `averageTextLength`, `unpairedTextLoss`, `unpairedTextAccuracy`, `averageUnpairedTextLength`.
 *
 * @throws RangeError naming every bad or unknown option.
 *
 * @example
 * ```ts
 * const task = m3ae({
 *   model: resolveM3aeConfig({ size: 'small', patchSize: 16 }),
 *   text: { masking: strategies.span },
 *   loss: { textWeight: 0.5 },
 * });
 * ```
 *
 * @see Geng et al., Multimodal Masked Autoencoders Learn Transferable Representations, section 3,
 * https://arxiv.org/abs/2205.14204
 */
export function m3ae(options: M3aeTaskOptions): Task<M3aeBatch, M3aeTensors> {
  const { model, image, text, loss, maskScope, decay, recompute, textHeadBias } = checkOptions(
    optionsRule,
    options,
  );
  // Noise and losses of all tokens need every place of the text.
  const trims = text.leaveOutPadding && !loss.textAllTokens && !loss.imageAllTokens;
  return {
    name: 'm3ae',
    shapes: () => m3aeShapes(model),
    init: (key) => withTextBias(initM3ae(key, model), textHeadBias),
    collate(examples, draw) {
      const settings = { model, maskScope, trims: trims && draw.evaluation !== true, draw };
      const { pictures, texts } = examples;
      const drawn = texts && drawTexts('unpairedTextMasks', texts, text, { ...settings, trims });
      const unpaired = drawn && {
        unpairedText: { ...drawn, textRows: undefined, ...forwardNoise(1, drawn, settings) },
      };
      const codes = pictures && codesOf(pictures, model);
      const batch = {
        ...(pictures?.patches && {
          patches: pictures.patches,
          imagePlan: drawImagePlan(pictures.patches, image, settings),
          ...(codes && { imageIds: codes }),
        }),
        ...(pictures?.tokenIds && drawTexts('textMasks', pictures, text, settings)),
      };
      if (!batch.patches && !('tokenIds' in batch) && !unpaired) throw nothingToLearn(examples);
      return { ...batch, ...forwardNoise(0, batch, settings), ...unpaired };
    },
    loss: (params, batch) =>
      m3aeLoss(params as M3aeParams<Tensor>, model, { ...loss, recompute: recompute === 'blocks' }, batch),
    decays: (path) => decayed(path, decay === 'reference' ? 'm3ae' : decay),
  };
}

function nothingToLearn(examples: StepExamples) {
  const received = Object.keys(examples).join(', ') || 'no examples';
  return invalidField('examples', 'pictures, captions or texts', received, 'Load at least one of them.');
}

function withTextBias(params: Tree<NdArray>, bias: Float32Array | undefined): Tree<NdArray> {
  if (bias === undefined) return params;
  const leaves = new Map(flattenTree<NdArray>(params));
  leaves.set(textBias, { shape: [bias.length], data: bias });
  return fillTree<NdArray>(params, leaves);
}
