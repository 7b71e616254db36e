// A sheet of pictures; apart from the rest, as it needs sharp
import { type DataSplit, limited, type Loader } from '@m3ae/datasets';
import { invalidField } from '@m3ae/errors';
import { imageOf, type PatchLayout } from '@m3ae/evaluation/reconstruction';
import sharp, { type OverlayOptions } from 'sharp';

/** Pictures in a row of the sheet. */
const across = 8;
/** Smaller pictures are drawn several times as large, so that captions have room below them. */
const leastSide = 112;
const gap = 10;
/** Letters of a caption that are shown: about six lines. */
const mostLetters = 90;

/** One picture of the sheet, with what stands below it. */
export interface SheetPicture {
  /** Name of its class, set in bold; none where it is left out. */
  readonly label?: string;
  /** `''` says that there is none; nothing is said where it is left out. */
  readonly caption?: string;
  /** Its pixels: [height, width, channels], from 0 to 255. */
  readonly image: {
    readonly width: number;
    readonly height: number;
    readonly channels: 1 | 3 | 4;
    readonly data: Uint8Array | Uint8ClampedArray;
  };
}

/** A sheet as PNG. */
export interface Sheet {
  readonly png: Uint8Array;
  /** Whether captions and classes stand below the pictures; not where no font is installed. */
  readonly written: boolean;
}

const shortened = (text: string) =>
  text.length <= mostLetters ? text : `${text.slice(0, mostLetters - 1).trimEnd()}…`;

/** Text as Pango's markup wants it. */
const escaped = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

async function drawText(markup: string, width: number) {
  const text = { text: markup, width, dpi: 72, font: 'sans 12', rgba: true, wrap: 'word-char' as const };
  return sharp({ text }).png().toBuffer({ resolveWithObject: true });
}

/** Whether there are fonts: without any, each letter is a box of the same width. */
async function hasFonts(): Promise<boolean> {
  const [narrow, wide] = await Promise.all(['iiiiii', 'mmmmmm'].map((text) => drawText(text, 500)));
  return narrow!.info.width < wide!.info.width;
}

/** A class in bold and a caption below it; nothing where there is neither. */
function markupOf({ caption, label }: SheetPicture): string {
  const below = caption === '' ? '<i>no caption</i>' : caption && escaped(shortened(caption));
  const above = label && `<b>${escaped(shortened(label))}</b>`;
  return [above, below].filter((line) => line !== undefined).join('\n');
}

async function drawTile(picture: SheetPicture, side: number, written: boolean) {
  const { data, ...raw } = picture.image;
  const image = sharp(data, { raw }).resize(side, side, { kernel: 'nearest' });
  const markup = written ? markupOf(picture) : '';
  return {
    picture: await image.png().toBuffer(),
    text: markup === '' ? null : await drawText(markup, side),
  };
}

/**
 * Draws pictures, eight in a row, each above its class and its caption.
 *
 * @param pictures - At least one; all squares of one side.
 * @throws InvalidInput if there is none.
 *
 * @example
 * ```ts
 * const image = { width: 1, height: 1, channels: 3, data: Uint8Array.of(255, 0, 0) } as const;
 * writeFileSync('sheet.png', (await drawSheet([{ image, caption: 'red' }])).png);
 * ```
 */
export async function drawSheet(pictures: readonly SheetPicture[]): Promise<Sheet> {
  const [first] = Array.isArray(pictures) ? pictures : [];
  if (!first)
    throw invalidField(
      'pictures',
      'a list of at least one picture',
      pictures,
      'Pass e.g. [{ image, caption }].',
    );
  const written = await hasFonts();
  const size = first.image.width;
  const side = size * Math.ceil(leastSide / size);
  const tiles = await Promise.all(pictures.map((picture) => drawTile(picture, side, written)));
  const layers: OverlayOptions[] = [];
  let top = gap;
  for (let start = 0; start < tiles.length; start += across) {
    const row = tiles.slice(start, start + across);
    row.forEach(({ picture, text }, column) => {
      const left = gap + column * (side + gap);
      layers.push({ input: picture, left, top });
      if (text !== null) layers.push({ input: text.data, left, top: top + side + 4 });
    });
    top += side + gap + Math.max(0, ...row.map(({ text }) => (text === null ? 0 : text.info.height + 8)));
  }
  const width = gap + Math.min(across, tiles.length) * (side + gap);
  const sheet = sharp({ create: { width, height: top, channels: 3, background: '#ffffff' } });
  return { png: await sheet.composite(layers).png().toBuffer(), written };
}

/** Pictures on the sheet: eight rows of eight. */
const most = 64;

/** One picture of a sheet of examples. */
export interface SheetExample {
  /** Where it comes from. */
  readonly place: string;
  /** `''` where there is none. */
  readonly caption: string;
  /** Name of its class, if it has one. */
  readonly label?: string;
}

/** How {@link drawExamples} reads pictures. */
export interface DrawExamplesOptions {
  /** Reads them as patches, e.g. as a training does; it is not closed. */
  readonly loader: Pick<Loader, 'load'>;
  /** What the patches are. */
  readonly layout: PatchLayout;
  /** Whether captions stand below the pictures. */
  readonly captions: boolean;
}

/**
 * Draws up to 64 examples of a split as a model sees them, each above its class and its caption.
 *
 * @returns The sheet, and what is on it: another example stands for one that the loader could not read.
 *
 * @example
 * ```ts
 * const image = { size: 96, patchSize: 16, ...(await channelStatistics(train.dataset)) };
 * const loader = createLoader(train.dataset, { image, key: key(0) });
 * const layout = { ...image, normalizeTargets: false };
 * writeFileSync('sheet.png', (await drawExamples(train, { loader, layout, captions: true })).png);
 * ```
 */
export async function drawExamples(
  split: Pick<DataSplit, 'dataset' | 'indices'>,
  { loader, layout, captions }: DrawExamplesOptions,
): Promise<Sheet & { readonly samples: readonly SheetExample[] }> {
  const { indices: wanted, dataset } = limited(split, most);
  const { patches, indices } = await loader.load({ step: 0, indices: wanted });
  const samples = Array.from(indices, (index): SheetExample => ({
    place: dataset.describe(index),
    caption: dataset.caption(index),
    ...(dataset.labels && { label: dataset.classNames![dataset.labels[index]!]! }),
  }));
  const values = patches!.shape[1]! * patches!.shape[2]!;
  const pixels = Float32Array.from(patches!.data);
  const sheet = await drawSheet(
    samples.map(({ label, caption }, at) => ({
      image: imageOf(pixels.slice(at * values, (at + 1) * values), layout),
      label,
      caption: captions ? caption : undefined,
    })),
  );
  return { ...sheet, samples };
}
