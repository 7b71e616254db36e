import { faultOf, invalidField, throwFaults } from '@m3ae/errors';
import { Tensor } from '@tensorflow/tfjs-core';

const hostRemedy = 'Arrays of the host become tensors with tensor(), or as arguments of a compiled function.';

/**
 * Refuses what is no tensor.
 *
 * @param required - Inputs by name.
 * @param optional - Inputs that may be absent.
 * @throws InvalidInput naming each.
 */
export function requireTensors(
  required: Readonly<Record<string, unknown>>,
  optional: Readonly<Record<string, unknown>> = {},
): void {
  const given = Object.entries(optional).filter(([, value]) => value !== undefined);
  throwFaults(
    [...Object.entries(required), ...given].map(
      ([name, value]) => !(value instanceof Tensor) && faultOf(name, 'a tensor', value, hostRemedy),
    ),
  );
}

/**
 * Refuses what is no tensor, or one of another rank.
 *
 * @param axes - Names of its axes, e.g. `batch, patches`.
 */
export function requireAxes(field: string, tensor: unknown, axes: string): asserts tensor is Tensor {
  if (!(tensor instanceof Tensor)) throw invalidField(field, `a tensor [${axes}]`, tensor, hostRemedy);
  if (tensor.shape.length === axes.split(', ').length) return;
  throw invalidField(field, `[${axes}]`, `[${tensor.shape}]`, 'Reshape it, or add the axis that lacks.');
}

/** @throws InvalidInput unless a tensor has exactly this shape: nothing is left to broadcasting. */
export function requireShape(
  field: string,
  tensor: unknown,
  shape: readonly number[],
  axes: string,
  remedy: string,
): asserts tensor is Tensor {
  if (!(tensor instanceof Tensor)) throw invalidField(field, `a tensor [${axes}]`, tensor, hostRemedy);
  if (tensor.shape.join() === shape.join()) return;
  throw invalidField(field, `[${axes}] = [${shape}]`, `[${tensor.shape}]`, remedy);
}
