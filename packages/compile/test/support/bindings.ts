import * as node from 'onnxruntime-node';
import type { CompileOptions } from '../../src/index.js';

/** Both ways to reach the ONNX Runtime of `onnxruntime-node`, as options of `compile`. */
export const bindings: readonly [name: string, options: Pick<CompileOptions, 'runtime'>][] = [
  ['by the C API', {}],
  ['by the stock binding', { runtime: node }],
];
