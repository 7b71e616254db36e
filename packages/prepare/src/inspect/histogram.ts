/** How many values lie between two edges. */
export interface Histogram {
  /** Ascending; the first interval begins at the first, the last has no end. */
  readonly edges: readonly number[];
  /** Values of at least `edges[i]` and less than `edges[i + 1]`: [edges]. */
  readonly counts: readonly number[];
}

/** Counts values that come one by one. */
export interface HistogramCounter {
  /** @param value - Of at least the first edge. */
  add(value: number): void;
  finish(): Histogram;
}

/** An empty {@link HistogramCounter}. */
export function createHistogram(edges: readonly number[]): HistogramCounter {
  const counts = edges.map(() => 0);
  return {
    add: (value) => void counts[Math.max(0, edges.filter((edge) => edge <= value).length - 1)]!++,
    finish: () => ({ edges, counts }),
  };
}

/** Edges for the shorter side in pixels, for width over height, and for the words of a caption. */
export const histogramEdges = {
  shorterSides: [0, 32, 64, 128, 256, 512, 1024, 2048, 4096],
  aspects: [0, 1 / 3, 1 / 2, 2 / 3, 3 / 4, 1, 4 / 3, 3 / 2, 2, 3],
  captionWords: [0, 1, 2, 3, 5, 8, 12, 20, 30, 50, 100],
} as const;
