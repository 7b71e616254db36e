import sharp, { type OverlayOptions } from 'sharp';
import { imageOf } from '@m3ae/evaluation/reconstruction';
import { layoutOf, readsText, trainingLoader } from './loaders.js';
import type { Prepared } from './prepare.js';

/** Pictures on the sheet: eight across, eight down. */
const across = 8;
/** Smaller pictures are drawn several times as large, so that captions have room below them. */
const leastSide = 112;
const gap = 10;
/** Letters of a caption that are shown: about six lines. */
const mostLetters = 90;

/** One picture of the sheet. */
export interface Sample {
  /** Where it comes from. */
  readonly place: string;
  /** `''` where there is none. */
  readonly caption: string;
  /** Name of its class, if it has one. */
  readonly label?: string;
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
function markupOf({ caption, label }: Sample, withText: boolean): string {
  const below = caption === '' ? '<i>no caption</i>' : escaped(shortened(caption));
  return [
    ...(label === undefined ? [] : [`<b>${escaped(shortened(label))}</b>`]),
    ...(withText ? [below] : []),
  ].join('\n');
}

/** A sheet as PNG, with what stands on it. */
export interface SampleSheet {
  readonly png: Buffer;
  readonly samples: readonly Sample[];
  /** Whether captions and classes stand below the pictures; not where no font is installed. */
  readonly written: boolean;
}

/** Draws pictures of the training part as the model sees them, each above its class and its caption. */
export async function drawSampleSheet(prepared: Prepared): Promise<SampleSheet> {
  const { sources, config, streams, statistics } = prepared;
  const { indices: all, dataset } = sources.train;
  const loader = trainingLoader(sources.train, streams.augmentation, prepared);
  const count = Math.min(across * across, all.length);
  const wanted = Int32Array.from({ length: count }, (_, at) => all[Math.floor((at * all.length) / count)]!);
  // Those really used: another takes the place of a picture that cannot be read.
  const { patches, indices } = await loader.load({ step: 0, indices: wanted }).finally(() => loader.close());
  const samples = Array.from(indices, (index): Sample => ({
    place: dataset.describe(index),
    caption: dataset.caption(index),
    ...(dataset.labels && { label: dataset.classNames![dataset.labels[index]!]! }),
  }));
  const written = await hasFonts();
  const { size } = config.image;
  const side = size * Math.ceil(leastSide / size);
  const values = patches!.shape[1]! * patches!.shape[2]!;
  const layout = layoutOf(config, statistics);
  const tiles = await Promise.all(
    samples.map(async (sample, at) => {
      const own = (patches!.data as Float32Array).slice(at * values, (at + 1) * values);
      const { width, height, channels, data } = imageOf(own, layout);
      const picture = await sharp(data, { raw: { width, height, channels } })
        .resize(side, side, { kernel: 'nearest' })
        .png()
        .toBuffer();
      const markup = written ? markupOf(sample, readsText(config.method)) : '';
      return { picture, text: markup === '' ? null : await drawText(markup, side) };
    }),
  );
  const layers: OverlayOptions[] = [];
  let top = gap;
  for (let start = 0; start < count; start += across) {
    const row = tiles.slice(start, start + across);
    row.forEach(({ picture, text }, column) => {
      const left = gap + column * (side + gap);
      layers.push({ input: picture, left, top });
      if (text !== null) layers.push({ input: text.data, left, top: top + side + 4 });
    });
    top += side + gap + Math.max(0, ...row.map(({ text }) => (text === null ? 0 : text.info.height + 8)));
  }
  const width = gap + Math.min(across, count) * (side + gap);
  const sheet = sharp({ create: { width, height: top, channels: 3, background: '#ffffff' } });
  return { png: await sheet.composite(layers).png().toBuffer(), samples, written };
}
