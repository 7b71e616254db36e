// Arrays
export {
  countElements,
  floatsOf,
  isNdArray,
  type NdArray,
  ndArray,
  scalarArray,
  sizeOfShape,
  zerosArray,
} from './tree.js';

// Trees of them
export {
  fillTree,
  flattenTree,
  isLeaf,
  mapTree,
  type MapLeaves,
  type Tree,
  type TreeRecord,
  zipTrees,
} from './tree.js';
