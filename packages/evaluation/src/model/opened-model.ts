import type { TextOptions } from '@m3ae/datasets';
import { invalidField, nearestHint, unusable } from '@m3ae/errors';
import type { Tokenizer } from '@m3ae/preprocess';
import type {
  ClassifierConfig,
  ClassifierParams,
  ClipConfig,
  ClipParams,
  M3aeConfig,
  M3aeParams,
  MaeParams,
  TrunkParams,
} from '@m3ae/transformer';
import type { NdArray } from '@m3ae/tree';
import type { AttentionModel } from '../attention/attend-pairs.js';
import type { RebuildingModel } from '../reconstruction/rebuild.js';
import type { PatchLayout } from '../reconstruction/rebuilt.js';

/** A model and its weights; `encoder` is one of pictures that has no decoder. */
export type ModelOfKind =
  | { readonly kind: 'm3ae'; readonly config: M3aeConfig; readonly params: M3aeParams<NdArray> }
  | { readonly kind: 'mae'; readonly config: M3aeConfig; readonly params: MaeParams<NdArray> }
  | { readonly kind: 'encoder'; readonly config: M3aeConfig; readonly params: TrunkParams<NdArray> }
  | { readonly kind: 'clip'; readonly config: ClipConfig; readonly params: ClipParams<NdArray> }
  | {
      readonly kind: 'supervised';
      readonly config: ClassifierConfig;
      readonly params: ClassifierParams<NdArray>;
    };

/** How a model reads texts. */
export interface ModelText extends TextOptions {
  /** What `tokenizer`, its plain form, makes. */
  readonly words: Tokenizer;
}

/** What every evaluation needs beside the weights. */
export interface ModelInputs {
  /** What messages call it, e.g. the folder of its run. */
  readonly name: string;
  /** Stands for the weights in the names of features that are kept: at least 16 digits of their SHA-256. */
  readonly weights: string;
  /** How its pictures are prepared. */
  readonly image: PatchLayout;
  /** How it reads texts; absent where it sees pictures alone, or its words are not known. */
  readonly text?: ModelText;
  /** Why it cannot read words, where it has a place for them, and what to do. */
  readonly wordless?: string;
  /** Makes patches [batch, patches, patchDim] of what the image head gives, where that is no pixels. */
  readonly patchesOf?: RebuildingModel['patchesOf'];
}

/** A trained model with all that belongs to it: of a run, of a file of weights, or your own. */
export type OpenedModel = ModelInputs & ModelOfKind;

const kinds: readonly string[] = [
  'm3ae',
  'mae',
  'encoder',
  'clip',
  'supervised',
] satisfies OpenedModel['kind'][];

/** @throws InvalidInput for a model of a kind that there is not. */
export function requireKind({ kind }: { readonly kind: string }): void {
  if (!kinds.includes(kind))
    throw invalidField('model.kind', `one of ${kinds.join(', ')}`, kind, nearestHint(String(kind), kinds));
}

/**
 * How the model reads texts.
 *
 * @param command - What asks, for the message.
 * @throws InvalidInput naming the model and why it reads none, or for an unknown kind.
 */
export function requireText(model: OpenedModel, command: string): ModelText {
  requireKind(model);
  const { name, kind, text, wordless } = model;
  if (wordless !== undefined)
    throw unusable([`${command} needs a model whose words can be read; received ${name}: ${wordless}.`]);
  if (text !== undefined) return text;
  throw unusable([
    `${command} needs a model with text parameters; received ${name}, of method "${kind}". Choose one of method "m3ae".`,
  ]);
}

/**
 * The model as attention takes it, if its encoder sees words and pictures together.
 *
 * @throws InvalidInput naming the model and its method.
 */
export function requireJoint(model: OpenedModel): AttentionModel {
  requireText(model, 'attention');
  if (model.kind === 'm3ae') return model;
  throw unusable([
    `attention needs a model whose encoder sees words and patches together; received ${model.name}, of method "${model.kind}". Choose one of method "m3ae".`,
  ]);
}

/**
 * The model as a gallery takes it; nothing where it rebuilds nothing.
 *
 * @throws InvalidInput for a model of an unknown kind.
 */
export function rebuildingOf(model: OpenedModel): RebuildingModel | undefined {
  requireKind(model);
  return model.kind === 'm3ae' || model.kind === 'mae' ? model : undefined;
}

/** @throws InvalidInput for a model that rebuilds nothing. */
export function requireRebuilding(model: OpenedModel): RebuildingModel {
  const found = rebuildingOf(model);
  if (found !== undefined) return found;
  const what = model.kind === 'encoder' ? 'an encoder alone' : `of method "${model.kind}"`;
  throw unusable([
    `reconstruct needs a masked autoencoder; received ${model.name}, ${what}. Choose one of method "m3ae" or "mae".`,
  ]);
}
