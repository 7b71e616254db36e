import { type Fault, faultOf, isInvalidInput } from '@m3ae/errors';
import { resolveClipConfig, resolveM3aeConfig } from '@m3ae/transformer';
import type { TrainerConfig } from './schema.js';

/** Where the options of the model's package stand in a config, but for those of its section `model`. */
const places: Readonly<Record<string, string>> = {
  'textTower.dim': 'model.clip.textDim',
  'textTower.heads': 'model.clip.textHeads',
  'textTower.pooling': 'model.clip.textPooling',
};

/** The sizes of a model, which its own package checks; what a method does not read is left out. */
function resolveSizes({ method, model }: TrainerConfig): void {
  const { size, embedDim, depth, heads, mlpRatio } = model;
  const { decoderDim, decoderHeads } = method === 'm3ae' || method === 'mae' ? model : {};
  const trunk = { size, embedDim, depth, heads, mlpRatio, decoderDim, decoderHeads };
  if (method !== 'clip') return void resolveM3aeConfig(trunk);
  const { textDim, textHeads, textAttention, textPooling, textPositions } = model.clip;
  const textTower = { length: 1, dim: textDim, heads: textHeads, attention: textAttention };
  resolveClipConfig(trunk, { textTower: { ...textTower, pooling: textPooling, positions: textPositions } });
}

/** What the model's own package refuses of its sizes, and a model that no setting gives one. */
export function* modelFaults(config: TrainerConfig): Generator<Fault> {
  const { size, embedDim, depth, heads } = config.model;
  const lacking = Object.entries({ embedDim, depth, heads }).filter(([, value]) => value === undefined);
  if (size === undefined && lacking.length > 0) {
    const received = `no ${lacking.map(([name]) => name).join(', ')}`;
    const rule = 'given by size, or by embedDim, depth and heads';
    return yield faultOf('model', rule, received, 'Write e.g. model: { size: "small" }.');
  }
  try {
    resolveSizes(config);
  } catch (error) {
    if (!isInvalidInput(error)) throw error;
    for (const fault of error.faults) yield { ...fault, path: places[fault.path] ?? `model.${fault.path}` };
  }
}
