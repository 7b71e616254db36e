import { limited } from '@m3ae/datasets';
import { imageOf } from '@m3ae/evaluation/reconstruction';
import { drawSheet, type Sheet } from '@m3ae/report/sheet';
import { readsText } from '@m3ae/tasks';
import { layoutOf } from '@m3ae/runs/model';
import { readingOf } from './mixer.js';
import { trainingLoader } from '@m3ae/runs';
import type { Prepared } from './prepare.js';

/** Pictures on the sheet: eight rows of eight. */
const most = 64;

/** One picture of the sheet. */
export interface Sample {
  /** Where it comes from. */
  readonly place: string;
  /** `''` where there is none. */
  readonly caption: string;
  /** Name of its class, if it has one. */
  readonly label?: string;
}

/** Draws pictures of the training part as the model sees them, each above its class and its caption. */
export async function drawSampleSheet(
  prepared: Prepared,
): Promise<Sheet & { readonly samples: readonly Sample[] }> {
  const { sources, config, streams, statistics } = prepared;
  const { indices: wanted, dataset } = limited(sources.train, most);
  const loader = trainingLoader(sources.train, streams.augmentation, readingOf(prepared));
  // Those really used: another takes the place of a picture that cannot be read.
  const { patches, indices } = await loader.load({ step: 0, indices: wanted }).finally(() => loader.close());
  const samples = Array.from(indices, (index): Sample => ({
    place: dataset.describe(index),
    caption: dataset.caption(index),
    ...(dataset.labels && { label: dataset.classNames![dataset.labels[index]!]! }),
  }));
  const values = patches!.shape[1]! * patches!.shape[2]!;
  const layout = layoutOf(config, statistics);
  const pixels = Float32Array.from(patches!.data);
  const sheet = await drawSheet(
    samples.map(({ label, caption }, at) => ({
      image: imageOf(pixels.slice(at * values, (at + 1) * values), layout),
      label,
      caption: readsText(config.method) ? caption : undefined,
    })),
  );
  return { ...sheet, samples };
}
