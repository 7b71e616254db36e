// The safetensors format
export type { Elements, ElementsOf, SafetensorsDtype, SafetensorsTensor } from './dtypes.js';
export { encodeSafetensors, type SafetensorsInput } from './encode-safetensors.js';
export { decodeSafetensors, decodeSafetensorsHeader, type SafetensorsFile } from './decode-safetensors.js';
export type { SafetensorsHeader, SafetensorsLimits, TensorEntry } from './header.js';
export { elementsOfBytes } from './bytes.js';

// From a file's tensors to a program's
export { toNdArray } from './to-nd-array.js';
export { matchTree, type MatchTreeOptions } from './match-tree.js';
