import {
  customGrad,
  engine,
  getBackend,
  getKernel,
  type GradSaveFunc,
  type NamedTensorMap,
  type Tensor,
} from '@tensorflow/tfjs-core';

/** Whether the current backend brings its own version of a house kernel, such as `M3aeCrossEntropy`. */
export function hasHouseKernel(name: string): boolean {
  return getKernel(name, getBackend()) !== undefined;
}

/** Runs a kernel of the current backend by name; one tensor, or a list where the kernel has several results. */
export function runHouseKernel(name: string, inputs: Record<string, Tensor>): Tensor | Tensor[] {
  return engine().runKernel(name, inputs as NamedTensorMap);
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
