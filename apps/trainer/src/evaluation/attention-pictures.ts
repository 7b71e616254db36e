import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { makeFolder } from '@m3ae/checkpoint/files';
import {
  type AttendedPair,
  heatOverlay,
  outlineBox,
  patchBox,
  type RgbPicture,
  shadeWords,
} from '@m3ae/evaluation';
import type { NdArray } from '@m3ae/tree';
import { layoutOf } from '../report/gallery.js';
import { encodePng, imageOf } from '../report/pictures.js';
import { writeWhole } from '@m3ae/checkpoint/files';

import type { AttendedPicture } from './attention.js';
import type { OpenedRun } from './open-run.js';
import type { MapChoice } from './pointing.js';
import type { ResultsPlace } from './results-place.js';
import type { NamedThing } from './scene-maps.js';

/** A picture to draw, with the attention of its words. */
export interface PictureRequest {
  readonly source: string;
  readonly caption: string;
  /** Normalised: [patches, patchDim]. */
  readonly patches: Float32Array;
  readonly attended: AttendedPair;
  readonly things: readonly (Pick<NamedThing, 'label'> & Partial<NamedThing>)[];
}

/** Smallest side of a drawn picture in pixels, so that small ones can be seen. */
const leastSide = 192;

/** A picture with each pixel drawn as a square. */
function enlarged({ width, height, data }: RgbPicture, factor: number): RgbPicture {
  const result = new Uint8Array(width * factor * height * factor * 3);
  for (let y = 0; y < height * factor; y++) {
    for (let x = 0; x < width * factor; x++) {
      const from = 3 * (Math.floor(y / factor) * width + Math.floor(x / factor));
      result.set(data.subarray(from, from + 3), 3 * (y * width * factor + x));
    }
  }
  return { width: width * factor, height: height * factor, data: result };
}

/** Attention between the words and the patches of one map: [words][patches]. */
function mapsOf({ wordToPatches, patchToWords }: AttendedPair, place: number, { direction }: MapChoice) {
  const [, words, patches] = wordToPatches.shape as [number, number, number];
  const at = (word: number, patch: number) =>
    direction === 'wordToPatches'
      ? wordToPatches.data[(place * words + word) * patches + patch]!
      : patchToWords.data[(place * patches + patch) * words + word]!;
  return Array.from({ length: words }, (_, word) =>
    Float32Array.from({ length: patches }, (_unused, patch) => at(word, patch)),
  );
}

/** How much one patch looks at each word. */
function shadesOf({ patchToWords }: AttendedPair, place: number, patch: number): Float32Array {
  const [, patches, words] = patchToWords.shape as [number, number, number];
  const start = (place * patches + patch) * words;
  return shadeWords((patchToWords as NdArray).data.slice(start, start + words));
}

/** The patch under the middle of the first box, or of the picture. */
function lookingPatch(things: PictureRequest['things'], { image }: OpenedRun['config']): number {
  const side = image.size / image.patchSize;
  const [left, top, right, bottom] = things[0]?.box ?? [0, 0, image.size, image.size];
  const place = (edge: number, other: number) =>
    Math.min(side - 1, Math.floor((edge + other) / 2 / image.patchSize));
  return place(top, bottom) * side + place(left, right);
}

/** What is drawn of the requests. */
export interface DrawnMap {
  readonly map: MapChoice;
  /** Its place among the maps that were asked for. */
  readonly at: number;
}

/**
 * Draws heat maps beside the record of an evaluation.
 *
 * @param name - Of the evaluation, and of the folder of its pictures; what it held goes.
 * @returns What was drawn; files are named from the folder `evaluations` of the run.
 */
export async function drawAttention(
  run: OpenedRun,
  requests: readonly PictureRequest[],
  { map, at }: DrawnMap,
  name: string,
  place: ResultsPlace,
): Promise<AttendedPicture[]> {
  const parent = join(place.folder, name);
  rmSync(parent, { recursive: true, force: true });
  makeFolder(parent);
  const write = async (file: string, { width, height, data }: RgbPicture) => {
    writeWhole(join(parent, file), await encodePng({ width, height, channels: 3, data }));
    return `${place.prefix}${name}/${file}`;
  };
  const layout = layoutOf(run.config, run.statistics);
  const { size, patchSize } = run.config.image;
  const factor = Math.max(1, Math.ceil(leastSide / size));
  const grid = [size / patchSize, size / patchSize] as const;
  const drawn: AttendedPicture[] = [];
  for (const [number, { source, caption, patches, attended, things }] of requests.entries()) {
    const { data } = imageOf(patches, layout);
    const plain = enlarged({ width: size, height: size, data: data as Uint8Array }, factor);
    const boxed = things.reduce((picture, { box }) => {
      const edges = box?.map((edge) => edge * factor) as [number, number, number, number] | undefined;
      return edges === undefined ? picture : outlineBox(picture, edges, { thickness: 2 });
    }, plain);
    const file = await write(`${number}.png`, boxed);
    const words: { text: string; file: string }[] = [];
    for (const [word, heat] of mapsOf(attended, at, map).entries()) {
      const overlay = heatOverlay(plain, heat, { grid });
      words.push({ text: things[word]!.label, file: await write(`${number}-word-${word}.png`, overlay) });
    }
    const patch = lookingPatch(things, run.config);
    const outlined = outlineBox(plain, patchBox(patch, grid, plain), { thickness: 3 });
    const shades = shadesOf(attended, at, patch);
    drawn.push({
      source,
      caption,
      file,
      words,
      patch: {
        file: await write(`${number}-patch.png`, outlined),
        words: things.map(({ label }, word) => ({
          text: label,
          shade: Math.round(1000 * shades[word]!) / 1000,
        })),
      },
    });
  }
  return drawn;
}
