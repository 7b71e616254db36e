import { float, int } from '../../ir/graph.js';
import { kernels } from '@m3ae/ops';
import { type Emitters, lower } from '../emitter.js';
import { result } from './shapes.js';

/** The name space of operators that a pass replaces before anything is encoded. */
export const abstractDomain = 'm3ae';

/**
 * Attention stays one node until a pass writes it out: how is best depends on the device.
 * Inputs: joint [batch, tokens, 3 * dim], key bias [batch, 1, 1, tokens] or nothing.
 */
const attention = lower(kernels.attention, ({ graph, input, has, attributes }) => {
  const { heads, queriesFrom } = attributes;
  const [batch, tokens, width] = input('joint').shape as [number, number, number];
  const inputs = [input('joint'), has('keyBias') ? input('keyBias') : undefined];
  return graph.node('Attention', inputs, result([batch, tokens - queriesFrom, width / 3], 'float32'), {
    domain: abstractDomain,
    attributes: attributesOf(width, heads, queriesFrom),
  });
});

const attentionGradient = lower(kernels.attentionGradient, ({ graph, input, has, attributes }) => {
  const { heads, queriesFrom } = attributes;
  const joint = input('joint');
  const inputs = [joint, has('keyBias') ? input('keyBias') : undefined, input('output'), input('dy')];
  return graph.node('AttentionGrad', inputs, result(joint.shape, 'float32'), {
    domain: abstractDomain,
    attributes: attributesOf(joint.shape[2]!, heads, queriesFrom),
  });
});

const attributesOf = (width: number, heads: number, queriesFrom: number) => ({
  heads: int(heads),
  queriesFrom: int(queriesFrom),
  scale: float(1 / Math.sqrt(width / 3 / heads)),
});

/** Kernels of attention as a whole. */
export const attentionKernels: Emitters = { ...attention, ...attentionGradient };
