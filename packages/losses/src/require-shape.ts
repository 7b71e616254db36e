import { invalidField } from '@m3ae/errors';

/** @throws RangeError unless a tensor has exactly this shape: nothing is left to broadcasting. */
export function requireShape(
  field: string,
  tensor: { readonly shape: readonly number[] },
  shape: readonly number[],
  axes: string,
  remedy: string,
): void {
  if (tensor.shape.join() === shape.join()) return;
  throw invalidField(field, `[${axes}] = [${shape}]`, `[${tensor.shape}]`, remedy);
}
