import type { MetricsLine } from '@m3ae/logging';
import type { Evaluation } from '../evaluation/envelope.js';
import type { LoggedCommand } from '../run/command-log.js';
import type { Versions } from '../run/versions.js';

/** One word piece of a caption in the gallery. */
export interface GalleryPiece {
  /** The true piece; `##x` continues a word. */
  readonly piece: string;
  readonly hidden: boolean;
  /** What the model puts in a hidden place, most likely first. */
  readonly guesses: readonly { readonly piece: string; readonly probability: number }[];
}

/** What the model was shown of an example: picture with caption, one of the two alone. */
export type GalleryInput = 'paired' | 'image' | 'text';

/** One row of the gallery; pictures are PNG data URIs, or file names where they are stored, null where there is none. */
export interface GalleryItem {
  readonly input: GalleryInput;
  /** Part that the example is of. */
  readonly part: string;
  readonly source: string;
  readonly caption: string;
  readonly original: string | null;
  readonly hidden: string | null;
  readonly rebuilt: string | null;
  /** Mean squared error over the hidden patches, in normalised pixels; null without a picture. */
  readonly error: number | null;
  readonly pieces: readonly GalleryPiece[];
}

/** Pictures with most of them hidden, and what the model made of them. */
export interface Gallery {
  readonly imageMaskRatio: number;
  readonly textMaskRatio: number;
  /** Side of a picture in pixels. */
  readonly side: number;
  readonly items: readonly GalleryItem[];
  /** Share of hidden word pieces guessed right at first try, by input and part; empty without text. */
  readonly textAccuracy: readonly {
    readonly input: GalleryInput;
    readonly part: string;
    readonly share: number;
  }[];
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
  /** Short name of the method, e.g. `M3AE`. */
  readonly method: string;
  /** Evaluations during training, a line each. */
  readonly scheduled: readonly MetricsLine[];
  /** By command. */
  readonly evaluations: Readonly<Record<string, Evaluation>>;
  /** Address of a PNG of the folder `evaluations`; null where it is gone. */
  readonly inline: (name: string) => string | null;
  readonly evaluationNote: string | null;
  readonly parts: readonly ReportPart[];
  readonly licences: readonly ReportLicence[];
  readonly skippedFiles: readonly { readonly place: string; readonly reason: string }[];
  readonly skippedCount: number;
  /** Command lines that trained the run, in order; empty for a run of an earlier version. */
  readonly commands: readonly LoggedCommand[];
  readonly config: unknown;
  readonly versions: Versions;
}
