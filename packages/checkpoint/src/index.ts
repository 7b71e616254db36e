// The safetensors format
export {
  type Elements,
  type ElementsOf,
  elementsOfBytes,
  type SafetensorsDtype,
  type SafetensorsTensor,
} from './elements.js';
export {
  decodeSafetensors,
  decodeSafetensorsHeader,
  encodeSafetensors,
  type SafetensorsFile,
  type SafetensorsInput,
} from './safetensors.js';
export type { SafetensorsHeader, SafetensorsLimits, TensorEntry } from './header.js';

// From a file's tensors to a program's
export { toNdArray } from './elements.js';
export { matchTree, type MatchTreeOptions } from './match-tree.js';
