import { requireTensors } from '@m3ae/ops';
import type { Tensor2D } from '@tensorflow/tfjs-core';
import { type Fault, faultOf, requireRecord, throwFaults } from '@m3ae/errors';
import type { ClipConfig } from './config.js';

/** A batch of texts. */
export interface TextInputs {
  /** int32 [batch, textLength], at most `textTower.length` long. */
  readonly tokenIds: Tensor2D;
  /** 1 = padding, 0 = real, padding last: [batch, textLength]; without it every token is real. */
  readonly paddingMask?: Tensor2D;
}

/** @throws RangeError with one line for each fault of shape. */
export function checkText(inputs: TextInputs, { textTower }: ClipConfig, batch?: number): void {
  requireRecord('inputs', inputs, 'tokenIds, paddingMask', 'Pass tensors by name.');
  const { tokenIds, paddingMask } = inputs;
  requireTensors({ tokenIds }, { paddingMask });
  const faults: Fault[] = [];
  const [rows, length] = tokenIds.shape;
  const received = `[${tokenIds.shape}]`;
  const rule = `[${batch ?? 'batch'}, textLength] with textLength up to ${textTower.length}`;
  if (tokenIds.rank !== 2 || (batch !== undefined && rows !== batch) || length > textTower.length) {
    faults.push(faultOf('tokenIds', rule, received, 'Cut longer texts off; give each picture one text.'));
  }
  if (tokenIds.dtype !== 'int32') {
    faults.push(faultOf('tokenIds', 'of type int32', tokenIds.dtype, 'Build it from an Int32Array.'));
  }
  if (paddingMask && paddingMask.shape.join() !== tokenIds.shape.join()) {
    const remedy = 'Give each token one entry: 1 = padding, 0 = real.';
    faults.push(
      faultOf('paddingMask', `of the shape of tokenIds, ${received}`, `[${paddingMask.shape}]`, remedy),
    );
  }
  throwFaults(faults);
}
