import { pluralize } from '@m3ae/errors';
import type { ChannelStatistics } from '@m3ae/preprocess';
import type { Sources } from '../sources.js';

/** How many values lie between two edges. */
export interface Histogram {
  /** Ascending; the first interval begins at the first, the last has no end. */
  readonly edges: readonly number[];
  /** Values of at least `edges[i]` and less than `edges[i + 1]`: [edges]. */
  readonly counts: readonly number[];
}

/** Something that may be wrong with an example. */
export interface Problem {
  readonly place: string;
  readonly detail: string;
}

/** Problems of one kind: all are counted, the first are listed. */
export interface Problems {
  readonly count: number;
  readonly first: readonly Problem[];
}

/** An example as a person sees it. */
export interface InspectedSample {
  readonly place: string;
  readonly captions: readonly string[];
  readonly label?: string;
  /** A small JPEG, as an address that holds it. */
  readonly image: string;
}

/** What sources hold, as plain JSON. */
export interface Inspection {
  readonly sources: Sources['parts'];
  readonly examples: number;
  /** What was odd about the sources, in sentences. */
  readonly notes: readonly string[];
  /** Of the pictures that were read. */
  readonly pictures: {
    readonly read: number;
    readonly shorterSides: Histogram;
    /** Width over height. */
    readonly aspects: Histogram;
    readonly channels: ChannelStatistics;
    readonly unreadable: Problems;
    /** Pictures that look like an earlier one. */
    readonly duplicates: Problems;
  };
  /** Of all examples. */
  readonly captions: {
    readonly count: number;
    /** Examples without one. */
    readonly missing: number;
    readonly words: Histogram;
  };
  /** Examples of each class; empty where there are none. */
  readonly classes: readonly { readonly name: string; readonly count: number }[];
  readonly samples: readonly InspectedSample[];
}

/** Counts values that come one by one, each of at least the first edge. */
export function createHistogram(edges: readonly number[]) {
  const counts = edges.map(() => 0);
  return {
    add: (value: number) => void counts[Math.max(0, edges.filter((edge) => edge <= value).length - 1)]!++,
    finish: (): Histogram => ({ edges, counts }),
  };
}

/** Edges for the shorter side in pixels, for width over height, and for the words of a caption. */
export const histogramEdges = {
  shorterSides: [0, 32, 64, 128, 256, 512, 1024, 2048, 4096],
  aspects: [0, 1 / 3, 1 / 2, 2 / 3, 3 / 4, 1, 4 / 3, 3 / 2, 2, 3],
  captionWords: [0, 1, 2, 3, 5, 8, 12, 20, 30, 50, 100],
} as const;

const listedProblems = 50;

/** Counts problems of one kind, and keeps the first. */
export function createProblems() {
  const first: Problem[] = [];
  let count = 0;
  return {
    add(place: string, detail: string) {
      count++;
      if (first.length < listedProblems) first.push({ place, detail });
    },
    finish: (): Problems => ({ count, first }),
  };
}

/** What `inspectSources` found, in lines for a person: how much there is, what is odd, what cannot be read. */
export function inspectionLines({ examples, captions, classes, notes, pictures }: Inspection): string[] {
  const { read, unreadable, duplicates } = pictures;
  const counted = [
    pluralize(examples, 'example'),
    pluralize(captions.count, 'caption'),
    pluralize(classes.length, 'class'),
  ];
  return [
    counted.join(', '),
    ...notes.map((note) => `  ${note}`),
    `Of ${pluralize(read + unreadable.count, 'picture')}: ${unreadable.count.toLocaleString('en')} unreadable, ${duplicates.count.toLocaleString('en')} like an earlier one`,
  ];
}
