// Keys
export { foldIn, key, type RngKey, split } from './key.js';

// Draws from a key
export { bernoulli, bits, randomInteger, uniform } from './uniform.js';
export { normal, truncatedNormal } from './normal.js';
export { permutation } from './permutation.js';
