import { reshape, type Tensor } from '@tensorflow/tfjs-core';

/** Named intermediate results, such as `encoder.blocks.3.attention.weights`. */
export type Activations = Record<string, Tensor>;

/** Keeps a tensor under a name, seen in `shape` if one is given. */
export type Recorder = (name: string, value: Tensor, shape?: number[]) => void;

/** A recorder that fills `activations`. */
export function recordInto(activations: Activations): Recorder {
  return (name, value, shape) => {
    activations[name] = shape ? reshape(value, shape) : value;
  };
}
