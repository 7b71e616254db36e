import type { FusedKernel } from '@m3ae/ops';
import { backend_util, util } from '@tensorflow/tfjs-core';
import type { GraphBuilder, ResultType } from '../ir/builder.js';
import type { ElementType, Value } from '../ir/graph.js';

/** One call of a tfjs kernel, seen by its emitter. */
export interface KernelCall {
  /** Where nodes are appended. */
  readonly graph: GraphBuilder;
  /** A named input of the kernel. */
  input(name: string): Value;
  /** Whether a named input was given. */
  has(name: string): boolean;
  /** All inputs in order, for kernels that take a list. */
  readonly list: readonly Value[];
  /** The kernel's attributes, in the type tfjs-core declares for it. */
  attributes<Attributes>(): Attributes;
}

/** Turns one call of a kernel into nodes; returns the kernel's results. */
export type Emitter = (call: KernelCall) => Value | Value[];

/** Emitters by the name of their kernel. */
export type Emitters = Readonly<Record<string, Emitter>>;

/** One call of a fused kernel, with the names and types of its contract. */
export interface FusedCall<Input extends string, Attributes extends object> {
  readonly graph: GraphBuilder;
  /** An input by the contract's name. */
  input(name: Input): Value;
  /** Whether an optional input was given. */
  has(name: Input): boolean;
  readonly attributes: Attributes;
}

/** Turns one call of a fused kernel into nodes; returns the results in the order of the contract. */
export type FusedEmitter<Input extends string, Attributes extends object> = (
  call: FusedCall<Input, Attributes>,
) => Value | Value[];

/** The entry of a table of emitters that lowers a fused kernel. */
export function lower<Input extends string, Attributes extends object>(
  { name }: FusedKernel<Input, Attributes>,
  emitter: FusedEmitter<Input, Attributes>,
): Emitters {
  return {
    [name]: ({ graph, input, has, attributes }) => emitter({ graph, input, has, attributes: attributes() }),
  };
}

/** The element type of a tfjs tensor, or undefined where graphs have none (strings, complex numbers). */
export function elementType(dtype: string): ElementType | undefined {
  return dtype === 'float32' || dtype === 'int32' || dtype === 'bool' ? dtype : undefined;
}

/** The shape two shapes broadcast to. */
export function broadcast(a: readonly number[], b: readonly number[]): number[] {
  return backend_util.assertAndGetBroadcastShape([...a], [...b]);
}

/** A shape and an element type, as the result of a node. */
export const result = (shape: readonly number[], dtype: ElementType): ResultType => ({ shape, dtype });

/** Axes named by a tfjs attribute (a number, a list, or nothing for all), counted from the front. */
export function axesOf(
  axis: number | readonly number[] | null | undefined,
  shape: readonly number[],
): number[] {
  const all = shape.map((_, i) => i);
  return axis === null || axis === undefined
    ? all
    : util.parseAxisParam(axis as number | number[], [...shape]);
}
