import { type DataSplit, limited, type Loader } from '@m3ae/datasets';
import { imageOf, type PatchLayout } from '@m3ae/evaluation/reconstruction';
import { drawSheet, type Sheet } from './draw-sheet.js';

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
