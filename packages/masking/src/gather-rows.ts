import {
  add,
  concat,
  gather,
  reshape,
  tensor2d,
  type Tensor,
  type Tensor2D,
  type Tensor3D,
  zeros,
} from '@tensorflow/tfjs-core';

/** Turns places within a row into places in the flattened [batch * length]: ids [batch, count] -> [batch * count]. */
export function flatIds(ids: Tensor2D, length: number): Tensor {
  const [batch, count] = ids.shape;
  const starts = tensor2d(
    Int32Array.from({ length: batch }, (_, row) => row * length),
    [batch, 1],
    'int32',
  );
  return reshape(add(ids, starts), [batch * count]);
}

/**
 * Takes tokens by place: x [batch, length, dim] and ids [1 or batch, count] -> [batch, count, dim]. No gradient.
 *
 * One flat gather rather than `batchDims`: every backend has it, and in ONNX it is a plain Gather.
 */
export function gatherRows(x: Tensor3D, ids: Tensor2D): Tensor3D {
  const [batch, length, dim] = x.shape;
  const [rows, count] = ids.shape;
  if (count === 0) return zeros([batch, 0, dim], x.dtype);
  if (rows === 1) return gather(x, reshape(ids, [count]), 1);
  const flat = reshape(x, [batch * length, dim]);
  return reshape(gather(flat, flatIds(ids, length)), [batch, count, dim]);
}

/** Joins along the token axis, without the empty parts (not every backend accepts them). */
export function concatTokens(parts: Tensor3D[]): Tensor3D {
  const some = parts.filter((part) => part.shape[1] > 0);
  return some.length === 1 ? some[0]! : concat(some, 1);
}
