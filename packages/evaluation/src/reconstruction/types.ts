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

/** One row of the gallery; pictures are addresses or file names, null where there is none. */
export interface GalleryItem {
  readonly input: GalleryInput;
  /** Part that the example is of. */
  readonly part: string;
  readonly source: string;
  readonly caption: string;
  readonly original: string | null;
  readonly hidden: string | null;
  readonly rebuilt: string | null;
  /** Mean squared error over the hidden patches, in normalized pixels; null without a picture. */
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
