import { foldIn, type RngKey, uniform } from '@m3ae/random';

const blockSize = 4096;

/** Numbers in [0, 1) one by one, for a library that asks for a `Math.random`; the same key gives the same ones. */
export function randomStream(key: RngKey): () => number {
  let block: Float32Array = new Float32Array(0);
  let [drawn, at] = [0, 0];
  return () => {
    if (at === block.length) {
      block = uniform(foldIn(key, drawn), blockSize);
      drawn++;
      at = 0;
    }
    return block[at++]!;
  };
}
