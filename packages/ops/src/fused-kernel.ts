import {
  customGrad,
  engine,
  getBackend,
  getKernel,
  type GradSaveFunc,
  type NamedAttrMap,
  type NamedTensorMap,
  type Tensor,
} from '@tensorflow/tfjs-core';

/**
 * What a backend may bring as one kernel where this package otherwise composes tfjs operations.
 *
 * A backend registers it under `name` with tfjs; `@m3ae/compile` lowers it to graph nodes. Both have the same three things to keep to: names of
 * inputs, type of the attributes, number of results.
 */
export interface FusedKernel<Input extends string, Attributes extends object = Record<never, never>> {
  /** Under which a backend registers it, e.g. `M3aeLayerNorm`. */
  readonly name: string;
  /** All inputs, the optional ones too. */
  readonly inputs: readonly Input[];
  /** Never set: it carries the type of the attributes. */
  readonly attributes?: Attributes;
}

/** Names a kernel, its inputs and, as a type, its attributes. */
export function fusedKernel<Attributes extends object = Record<never, never>>() {
  return <Input extends string>(name: string, inputs: readonly Input[]): FusedKernel<Input, Attributes> => ({
    name,
    inputs,
  });
}

/** Whether the current backend brings a kernel of its own. */
export function hasKernel({ name }: FusedKernel<string, object>): boolean {
  return getKernel(name, getBackend()) !== undefined;
}

/**
 * Runs the kernel of the current backend.
 *
 * @param inputs - Tensors by the contract's names; optional ones may be absent.
 * @returns Its results, in the order of the contract.
 */
export function runKernel<Input extends string, Attributes extends object>(
  { name }: FusedKernel<Input, Attributes>,
  inputs: Readonly<Partial<Record<Input, Tensor>>>,
  attributes: Attributes,
): Tensor[] {
  // tfjs types both as records that it indexes by any string.
  const results: Tensor | Tensor[] = engine().runKernel(
    name,
    inputs as NamedTensorMap,
    attributes as NamedAttrMap,
  );
  return Array.isArray(results) ? results : [results];
}

/**
 * A function with a gradient of its own.
 *
 * @param inputs - Tensors to differentiate by.
 * @param forward - Gives the result and the tensors that `backward` needs; its inner operations are not differentiated.
 * @param backward - Gives one gradient for each input.
 */
export function withGradient<Result extends Tensor>(
  inputs: readonly Tensor[],
  forward: () => { value: Result; saved: Tensor[] },
  backward: (dy: Result, saved: Tensor[]) => Tensor[],
): Result {
  return customGrad<Result>((...received) => {
    const save = received.at(-1) as GradSaveFunc;
    const { value, saved } = forward();
    save(saved);
    return { value, gradFunc: backward };
  })(...inputs);
}

/** Attributes of attention. */
export interface AttentionAttributes {
  /** Into how many heads the width is cut. */
  readonly heads: number;
  /** Queries before this token are left out. */
  readonly queriesFrom: number;
}

/** Attributes of GELU. */
export interface GeluAttributes {
  /** Whether it is the form with tanh. */
  readonly approximate: boolean;
}

/**
 * Every kernel that a backend may bring, by the name of the operation.
 *
 * Shapes are those of the function of the same name; a gradient takes `dy`, of the shape of the result.
 */
export const kernels = {
  /** Results: y; the mean and 1 / sqrt(variance + epsilon) of each row, both [.., 1]. */
  layerNorm: fusedKernel<{ readonly epsilon: number }>()('M3aeLayerNorm', ['x', 'scale', 'bias']),
  /** Results: dx, dScale [dim], dBias [dim]. */
  layerNormGradient: fusedKernel()('M3aeLayerNormGrad', ['dy', 'x', 'mean', 'inverseDeviation', 'scale']),
  /** Result: y. */
  gelu: fusedKernel<GeluAttributes>()('M3aeGelu', ['x']),
  /** Result: dx. */
  geluGradient: fusedKernel<GeluAttributes>()('M3aeGeluGrad', ['dy', 'x']),
  /** Result: dx, from the softmax's result `y`. */
  softmaxGradient: fusedKernel()('M3aeSoftmaxGrad', ['dy', 'y']),
  /** Result: [batch, tokens - queriesFrom, dim]. `keyBias` is optional. */
  attention: fusedKernel<AttentionAttributes>()('M3aeAttention', ['joint', 'keyBias']),
  /** Result: the gradient of `joint`. `keyBias` is optional. */
  attentionGradient: fusedKernel<AttentionAttributes>()('M3aeAttentionGrad', [
    'dy',
    'output',
    'joint',
    'keyBias',
  ]),
  /** Results: loss [rows], log(sum(exp(logits))) [rows]. */
  crossEntropy: fusedKernel()('M3aeCrossEntropy', ['logits', 'labels']),
  /** Result: the gradient of `logits`. */
  crossEntropyGradient: fusedKernel()('M3aeCrossEntropyGrad', ['dLoss', 'logits', 'labels', 'logSumExp']),
  /** Result: rows of `dy` added up by id, [rows, dim]. */
  embeddingGradient: fusedKernel<{ readonly rows: number }>()('M3aeEmbeddingGrad', ['dy', 'ids']),
} as const;
