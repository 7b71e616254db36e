import {
  applyClassifier,
  type ClassifierParams,
  type ClipParams,
  representClipImages,
  representClipText,
  representTrunk,
  type M3aeConfig,
  type TextInputs,
  type TrunkParams,
} from '@m3ae/transformer';
import type { Tree } from '@m3ae/tree';
import type { Tensor, Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';
import { classifierModel, clipModel } from '../run/task.js';
import type { Method } from '../run/task.js';

/** A batch of whole pictures. */
export interface Pictures {
  /** [batch, patches, patchDim] */
  readonly patches: Tensor3D;
}

/**
 * The frozen encoder of any method: whole pictures, no text, nothing hidden.
 *
 * @returns Its tokens after the last normalisation, CLS first: [batch, 1 + patches, embedDim].
 */
export function representPictures(
  _method: Method,
  params: Tree<Tensor>,
  model: M3aeConfig,
  { patches }: Pictures,
): Tensor3D {
  return representTrunk(params as TrunkParams<Tensor>, model, { patches }).output;
}

/** Pictures in the space that a CLIP shares with texts: [batch, sharedDim], rows of length 1. */
export function embedPictures(params: Tree<Tensor>, model: M3aeConfig, { patches }: Pictures): Tensor2D {
  return representClipImages(params as ClipParams<Tensor>, clipModel(model), { patches }).output;
}

/** Texts in the space that a CLIP shares with pictures: [batch, sharedDim], rows of length 1. */
export function embedTexts(params: Tree<Tensor>, model: M3aeConfig, texts: TextInputs): Tensor2D {
  return representClipText(params as ClipParams<Tensor>, clipModel(model), texts).output;
}

/** Logits of a supervised model: [batch, classes]. */
export function classifyPictures(params: Tree<Tensor>, model: M3aeConfig, { patches }: Pictures): Tensor2D {
  return applyClassifier(params as ClassifierParams<Tensor>, classifierModel(model), { patches }).output;
}
