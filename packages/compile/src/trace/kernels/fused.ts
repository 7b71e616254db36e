import { kernels } from '@m3ae/ops';
import { float, int, text, type Value } from '../../ir/graph.js';
import type { GraphBuilder } from '../../ir/builder.js';
import { type Emitters, lower, result } from '../emitter.js';
import { algebra } from './arithmetic.js';
import { scatterAddRows } from './indexing.js';
import { reduceNode } from './reduction.js';

const lastAxis = (x: Value) => [x.shape.length - 1];
const leadingAxes = (x: Value) => x.shape.slice(0, -1).map((_, axis) => axis);

const layerNorm = lower(kernels.layerNorm, ({ graph, input, attributes }) => {
  const x = input('x');
  const statistics = result([...x.shape.slice(0, -1), 1], 'float32');
  const operands = [x, input('scale'), input('bias')];
  return graph.nodes('LayerNormalization', operands, [x, statistics, statistics], {
    attributes: { axis: int(-1), epsilon: float(attributes.epsilon) },
  });
});

/**
 * With n = (x - mean) * inverseDeviation and g = dy * scale:
 * dx = inverseDeviation * (g - mean(g) - n * mean(g * n)), dScale = sum(dy * n), dBias = sum(dy).
 */
const layerNormGradient = lower(kernels.layerNormGradient, ({ graph, input }) => {
  const { sub, mul } = algebra(graph);
  const [dy, x, inverse] = [input('dy'), input('x'), input('inverseDeviation')];
  const normal = mul(sub(x, input('mean')), inverse);
  const g = mul(dy, input('scale'));
  const average = (value: Value) => reduceNode(graph, 'ReduceMean', value, lastAxis(value), true);
  const dx = mul(sub(sub(g, average(g)), mul(normal, average(mul(g, normal)))), inverse);
  const total = (value: Value) => reduceNode(graph, 'ReduceSum', value, leadingAxes(value), false);
  return [dx, total(mul(dy, normal)), total(dy)];
});

const sqrtTwoOverPi = Math.sqrt(2 / Math.PI);

const gelu = lower(kernels.gelu, ({ graph, input, attributes }) => {
  const x = input('x');
  const op = attributes.approximate ? 'FastGelu' : 'Gelu';
  return graph.node(op, [x], x, { domain: 'com.microsoft' });
});

/** d/dx of x/2 (1 + tanh(u)), u = c (x + 0.044715 x^3): (1 + t)/2 + x/2 (1 - t^2) c (1 + 3 * 0.044715 x^2). */
function tanhGeluDerivative(graph: GraphBuilder, x: Value): Value {
  const { add, sub, mul } = algebra(graph);
  const square = mul(x, x);
  const inner = mul(x, add(mul(square, sqrtTwoOverPi * 0.044715), sqrtTwoOverPi));
  const t = graph.node('Tanh', [inner], x);
  const innerDerivative = add(mul(square, sqrtTwoOverPi * 3 * 0.044715), sqrtTwoOverPi);
  const bend = mul(mul(x, sub(1, mul(t, t))), innerDerivative);
  return mul(add(add(t, 1), bend), 0.5);
}

/** d/dx of x Phi(x): Phi(x) + x phi(x), with the normal distribution's Phi and density phi. */
function erfGeluDerivative(graph: GraphBuilder, x: Value): Value {
  const { add, mul } = algebra(graph);
  const erf = graph.node('Erf', [mul(x, Math.SQRT1_2)], x);
  const density = graph.node('Exp', [mul(mul(x, x), -0.5)], x);
  return add(mul(add(erf, 1), 0.5), mul(mul(x, density), 1 / Math.sqrt(2 * Math.PI)));
}

const geluGradient = lower(kernels.geluGradient, ({ graph, input, attributes }) => {
  const derivative = attributes.approximate ? tanhGeluDerivative : erfGeluDerivative;
  return algebra(graph).mul(input('dy'), derivative(graph, input('x')));
});

const softmaxGradient = lower(kernels.softmaxGradient, ({ graph, input }) => {
  const { sub, mul } = algebra(graph);
  const [dy, y] = [input('dy'), input('y')];
  const weighted = mul(dy, y);
  return sub(weighted, mul(y, reduceNode(graph, 'ReduceSum', weighted, lastAxis(weighted), true)));
});

/** loss = logSumExp(logits) - logits[label], without a one-hot. */
const crossEntropy = lower(kernels.crossEntropy, ({ graph, input }) => {
  const { add, sub } = algebra(graph);
  const [logits, labels] = [input('logits'), input('labels')];
  const rows = logits.shape[0]!;
  const peak = reduceNode(graph, 'ReduceMax', logits, [1], true);
  const exps = graph.node('Exp', [sub(logits, peak)], logits);
  const sum = reduceNode(graph, 'ReduceSum', exps, [1], true);
  const logSumExp = add(graph.node('Log', [sum], sum), peak);
  const column = graph.reshape(labels, [rows, 1]);
  const picked = graph.node('GatherElements', [logits, column], result([rows, 1], 'float32'), {
    attributes: { axis: int(1) },
  });
  return [graph.reshape(sub(logSumExp, picked), [rows]), graph.reshape(logSumExp, [rows])];
});

/** (softmax(logits) - oneHot(label)) * dLoss; the one-hot is one subtraction a row, scattered in place. */
const crossEntropyGradient = lower(kernels.crossEntropyGradient, ({ graph, input }) => {
  const { sub, mul } = algebra(graph);
  const [logits, labels] = [input('logits'), input('labels')];
  const rows = logits.shape[0]!;
  const column = (x: Value) => graph.reshape(x, [rows, 1]);
  const dLoss = column(input('dLoss'));
  const softmax = graph.node('Exp', [sub(logits, column(input('logSumExp')))], logits);
  const negative = graph.node('Neg', [dLoss], dLoss);
  return graph.node('ScatterElements', [mul(softmax, dLoss), column(labels), negative], logits, {
    attributes: { axis: int(1), reduction: text('add') },
  });
});

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

/** Kernels of `@m3ae/ops`: few, large nodes where tfjs operations would make many. */
export const fused: Emitters = {
  ...layerNorm,
  ...layerNormGradient,
  ...gelu,
  ...geluGradient,
  ...softmaxGradient,
  ...attention,
  ...attentionGradient,
  ...crossEntropy,
  ...crossEntropyGradient,
  ...lower(kernels.embeddingGradient, ({ graph, input, attributes }) =>
    scatterAddRows(graph, input('dy'), input('ids'), attributes.rows),
  ),
};
