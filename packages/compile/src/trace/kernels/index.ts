import type { Emitters } from '../emitter.js';
import { arithmetic } from './arithmetic.js';
import { attentionKernels } from './attention.js';
import { creation } from './creation.js';
import { elementwise } from './elementwise.js';
import { fused } from './fused.js';
import { indexing } from './indexing.js';
import { logical } from './logical.js';
import { movement } from './movement.js';
import { product } from './product.js';
import { reduction } from './reduction.js';

/** Every kernel that can be recorded. A new one is one line in the table of its theme. */
export const emitters: Emitters = {
  ...arithmetic,
  ...elementwise,
  ...logical,
  ...movement,
  ...reduction,
  ...product,
  ...indexing,
  ...creation,
  ...fused,
  ...attentionKernels,
};
