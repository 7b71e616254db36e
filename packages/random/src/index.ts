// Keys
export { foldIn, key, type RngKey, split } from './key.js';

// Draws from a key
export { bits } from './bits.js';
export { bernoulli, uniform } from './uniform.js';
export { normal, truncatedNormal } from './normal.js';
export { randomInteger } from './random-integer.js';
export { permutation } from './permutation.js';
