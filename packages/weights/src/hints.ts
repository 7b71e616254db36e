import { faultOf, invalidField, isRecord, throwFaults } from '@m3ae/errors';
import { defined, type ImagePreparation, type ModelHints } from './model.js';

/** A JSON file beside the weights. */
type Json = Readonly<Record<string, unknown>>;

/** Activations by their names elsewhere. */
const activations: Readonly<Record<string, ModelHints['gelu']>> = {
  gelu: 'erf',
  gelu_python: 'erf',
  gelu_new: 'tanh',
  gelu_pytorch_tanh: 'tanh',
  gelu_fast: 'tanh',
  quick_gelu: 'quick',
};

/**
 * What the JSON files beside weights say of a model: `config.json` of transformers or timm, `open_clip_config.json`, and
 * transformers' `preprocessor_config.json`. What they do not say is left out, but for transformers' CLIP, whose
 * `config.json` leaves out what is as in OpenAI's ViT-B/32.
 *
 * @throws InvalidInput if they describe a CLIP that ours cannot express.
 *
 * @example
 * ```ts
 * const { config, params } = readWeights(bytes, hintsOf(JSON.parse(configText)));
 * ```
 */
export function hintsOf(config: unknown, preprocessor: unknown = undefined): ModelHints {
  const root = record(config);
  if (root.model_type === 'clip') return clipHints(root, record(preprocessor));
  const clip = record(root.model_cfg);
  const [vision, text] = [record(clip.vision_cfg), record(clip.text_cfg)];
  refuseOtherReading(vision, text);
  const pretrained = { ...root, ...record(root.pretrained_cfg), ...record(root.preprocess_cfg) };
  const prepared = record(preprocessor);
  const size = prepared.size ?? root.image_size ?? vision.image_size ?? list(pretrained.input_size)?.[1];
  const heads = number(root.num_attention_heads) ?? headsOfWidth(vision);
  const quick = clip.quick_gelu === true ? 'quick' : 'model_cfg' in root ? 'erf' : undefined;
  return defined({
    heads,
    decoderHeads: number(root.decoder_num_attention_heads),
    textHeads: number(text.heads),
    gelu: quick ?? (typeof root.hidden_act === 'string' ? activations[root.hidden_act] : undefined),
    normEpsilon: number(root.layer_norm_eps),
    image: imageOf(size, prepared.image_mean ?? pretrained.mean, prepared.image_std ?? pretrained.std),
  });
}

/**
 * Refuses a CLIP of open_clip that computes something else with tensors of the same names.
 *
 * @throws InvalidInput naming each field and what ours does.
 */
function refuseOtherReading(vision: Json, text: Json): void {
  const fields = [
    ['vision_cfg.pool_type', vision.pool_type, ['tok']],
    ['text_cfg.pool_type', text.pool_type, ['argmax', 'eos']],
    ['text_cfg.no_causal_mask', text.no_causal_mask, [false]],
  ] as const;
  throwFaults(
    fields.map(([path, value, known]) => {
      const fits = value === undefined || known.some((one) => one === value);
      return !fits && faultOf(path, known.join(' or '), value, 'Take another model.');
    }),
  );
}

/**
 * Those of `config.json` of transformers' CLIP.
 *
 * @throws InvalidInput if the towers have other activations, which ours cannot express.
 */
function clipHints({ vision_config: pictures, text_config: texts }: Json, prepared: Json): ModelHints {
  const [vision, text] = [record(pictures), record(texts)];
  const [hidden, other] = [vision, text].map(({ hidden_act: name = 'quick_gelu' }) => String(name));
  if (hidden !== other) {
    const remedy = 'Take another model.';
    throw invalidField('hidden_act', 'the same in both towers', `${hidden} and ${other}`, remedy);
  }
  return defined({
    heads: number(vision.num_attention_heads) ?? 12,
    textHeads: number(text.num_attention_heads) ?? 8,
    gelu: activations[hidden!],
    normEpsilon: number(vision.layer_norm_eps) ?? 1e-5,
    image: imageOf(prepared.crop_size ?? vision.image_size ?? 224, prepared.image_mean, prepared.image_std),
  });
}

function headsOfWidth({ width, head_width: headWidth = 64 }: Json): number | undefined {
  return typeof width === 'number' && typeof headWidth === 'number' ? width / headWidth : undefined;
}

function imageOf(size: unknown, mean: unknown, std: unknown): Partial<ImagePreparation> | undefined {
  const side = number(size) ?? number(record(size).height) ?? number(record(size).shortest_edge);
  const image = defined({ size: side, mean: list(mean), std: list(std) });
  return Object.keys(image).length > 0 ? image : undefined;
}

const record = (value: unknown): Json => (isRecord(value) ? value : {});

function number(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

function list(value: unknown): readonly number[] | undefined {
  return Array.isArray(value) && value.every((item) => typeof item === 'number') ? value : undefined;
}
