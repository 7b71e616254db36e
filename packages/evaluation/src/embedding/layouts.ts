import { TSNE } from '@keckelt/tsne';
import { foldIn, normal, type RngKey, uniform } from '@m3ae/random';
import { UMAP } from 'umap-js';
import { type Matrix, rowOf } from '../matrix.js';
import type { Settings } from './embed-2d.js';

/** Squared Euclidean distance of every two rows, in double precision: [rows][rows]. */
export function squaredDistances({ rows, columns, data }: Matrix): Float64Array[] {
  const distances = Array.from({ length: rows }, () => new Float64Array(rows));
  for (let i = 0; i < rows; i++) {
    for (let j = i + 1; j < rows; j++) {
      let total = 0;
      for (let at = 0; at < columns; at++) total += (data[i * columns + at]! - data[j * columns + at]!) ** 2;
      distances[i]![j] = total;
      distances[j]![i] = total;
    }
  }
  return distances;
}

/** The `count` nearest rows of each row and their Euclidean distances, itself first, then by distance. */
export function nearestRows(
  distances: readonly Float64Array[],
  count: number,
): { indices: number[][]; distances: number[][] } {
  const indices = distances.map((row, self) => {
    const others = [...row.keys()].filter((other) => other !== self);
    others.sort((a, b) => row[a]! - row[b]! || a - b);
    return [self, ...others.slice(0, count - 1)];
  });
  return {
    indices,
    distances: indices.map((near, self) => near.map((other) => Math.sqrt(distances[self]![other]!))),
  };
}

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

/** t-SNE (van der Maaten, Hinton 2008) with exact forces. */
export function tsne(features: Matrix, { key, perplexity, steps }: Settings): number[][] {
  const chance = normal(key, features.rows * 2);
  let drawn = 0;
  const model = new TSNE({ perplexity, dim: 2, epsilon: 10 });
  model.gaussRandom = () => chance[drawn++]!; // the only place where the library throws dice
  model.initDataDist(squaredDistances(features));
  for (let step = 0; step < steps; step++) model.step();
  return model.getSolution();
}

/** UMAP (McInnes et al. 2018) on exact neighbors, from a random beginning. */
export function umap(features: Matrix, { key, neighbors, minDistance, steps }: Settings): number[][] {
  const model = new UMAP({
    nComponents: 2,
    nNeighbors: neighbors,
    minDist: minDistance,
    nEpochs: steps,
    random: randomStream(foldIn(key, 0)),
  });
  const near = nearestRows(squaredDistances(features), neighbors);
  model.setPrecomputedKNN(near.indices, near.distances);
  return model.fit(Array.from({ length: features.rows }, (_, row) => [...rowOf(features, row)]));
}
