import type { MetricsLine } from '../logs/line-file.js';
import type { EvaluationResult } from '../evaluation/types.js';
import type { Versions } from '../run/versions.js';

/** One word piece of a caption in the gallery. */
export interface GalleryPiece {
  /** The true piece; `##x` continues a word. */
  readonly piece: string;
  readonly hidden: boolean;
  /** What the model puts in a hidden place, most likely first. */
  readonly guesses: readonly { readonly piece: string; readonly probability: number }[];
}

/** One row of the gallery; pictures are PNG data URIs. */
export interface GalleryItem {
  /** Part that the example is of. */
  readonly part: string;
  readonly source: string;
  readonly caption: string;
  readonly original: string;
  readonly hidden: string;
  readonly rebuilt: string;
  /** Mean squared error over the hidden patches, in normalised pixels. */
  readonly error: number;
  readonly pieces: readonly GalleryPiece[];
}

/** Pictures with most of them hidden, and what the model made of them. */
export interface Gallery {
  readonly imageMaskRatio: number;
  readonly textMaskRatio: number;
  /** Side of a picture in pixels. */
  readonly side: number;
  readonly items: readonly GalleryItem[];
  /** Share of hidden word pieces guessed right at first try, by part; empty without text. */
  readonly textAccuracy: readonly { readonly part: string; readonly share: number }[];
}

/** A set of examples, for the data table. */
export interface ReportPart {
  readonly name: string;
  readonly length: number;
  readonly note: string;
}

/** Who made the pictures or texts, and what may be done with them. */
export interface ReportLicence {
  readonly name: string;
  readonly author: string;
  readonly licence: string;
}

/** All that the page shows. */
export interface ReportData {
  readonly title: string;
  readonly subtitle: string;
  readonly headline: readonly { readonly label: string; readonly value: string; readonly note: string }[];
  readonly metrics: readonly MetricsLine[];
  readonly validation: readonly MetricsLine[];
  readonly gallery: Gallery | null;
  readonly evaluation: EvaluationResult | null;
  readonly evaluationNote: string | null;
  readonly parts: readonly ReportPart[];
  readonly licences: readonly ReportLicence[];
  readonly skippedFiles: readonly { readonly place: string; readonly reason: string }[];
  readonly skippedCount: number;
  readonly config: unknown;
  readonly versions: Versions;
}
