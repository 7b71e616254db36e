/**
 * Hashes one counter with Threefry-2x32 (20 rounds).
 *
 * The rounds are written out: a loop over a table of rotations costs about three times as much,
 * and the tables and tuples of a rolled version would be allocated for every counter.
 *
 * @param word0 - First word of the key, uint32.
 * @param word1 - Second word of the key, uint32.
 * @param counter - Low word of the counter; the high word is 0, since no draw is longer than 2^32.
 * @param out - Receives the two hashed words at `place` and `place + 1`.
 * @see Salmon et al., Parallel Random Numbers: As Easy as 1, 2, 3, SC 2011, section 4.2.
 */
export function threefry(
  word0: number,
  word1: number,
  counter: number,
  out: Uint32Array,
  place: number,
): void {
  const word2 = word0 ^ word1 ^ 0x1bd11bda;
  let x = word0 | 0;
  let y = (counter + word1) | 0;

  x = (x + y) | 0;
  y = ((y << 13) | (y >>> 19)) ^ x;
  x = (x + y) | 0;
  y = ((y << 15) | (y >>> 17)) ^ x;
  x = (x + y) | 0;
  y = ((y << 26) | (y >>> 6)) ^ x;
  x = (x + y) | 0;
  y = ((y << 6) | (y >>> 26)) ^ x;
  x = (x + word1) | 0;
  y = (y + word2 + 1) | 0;

  x = (x + y) | 0;
  y = ((y << 17) | (y >>> 15)) ^ x;
  x = (x + y) | 0;
  y = ((y << 29) | (y >>> 3)) ^ x;
  x = (x + y) | 0;
  y = ((y << 16) | (y >>> 16)) ^ x;
  x = (x + y) | 0;
  y = ((y << 24) | (y >>> 8)) ^ x;
  x = (x + word2) | 0;
  y = (y + word0 + 2) | 0;

  x = (x + y) | 0;
  y = ((y << 13) | (y >>> 19)) ^ x;
  x = (x + y) | 0;
  y = ((y << 15) | (y >>> 17)) ^ x;
  x = (x + y) | 0;
  y = ((y << 26) | (y >>> 6)) ^ x;
  x = (x + y) | 0;
  y = ((y << 6) | (y >>> 26)) ^ x;
  x = (x + word0) | 0;
  y = (y + word1 + 3) | 0;

  x = (x + y) | 0;
  y = ((y << 17) | (y >>> 15)) ^ x;
  x = (x + y) | 0;
  y = ((y << 29) | (y >>> 3)) ^ x;
  x = (x + y) | 0;
  y = ((y << 16) | (y >>> 16)) ^ x;
  x = (x + y) | 0;
  y = ((y << 24) | (y >>> 8)) ^ x;
  x = (x + word1) | 0;
  y = (y + word2 + 4) | 0;

  x = (x + y) | 0;
  y = ((y << 13) | (y >>> 19)) ^ x;
  x = (x + y) | 0;
  y = ((y << 15) | (y >>> 17)) ^ x;
  x = (x + y) | 0;
  y = ((y << 26) | (y >>> 6)) ^ x;
  x = (x + y) | 0;
  y = ((y << 6) | (y >>> 26)) ^ x;
  out[place] = x + word2;
  out[place + 1] = y + word0 + 5;
}
