// Arrays
export {
  countElements,
  floatsOf,
  isNdArray,
  ndArray,
  scalarArray,
  sizeOfShape,
  zerosArray,
} from './nd-array.js';

// Trees of them
export {
  fillTree,
  flattenTree,
  isLeaf,
  mapTree,
  type MapLeaves,
  type NdArray,
  type Tree,
  type TreeRecord,
  zipTrees,
} from './tree.js';
