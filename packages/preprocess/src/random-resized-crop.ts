import { type RngKey, uniform } from '@m3ae/random';
import { invalidField, requireList, requirePositiveInteger, requireRecord } from '@m3ae/errors';
import type { CropBox, Size } from './image.js';
import { roundHalfEven } from './round.js';

/** Smallest and largest value of a range. */
export type Range = readonly [minimum: number, maximum: number];

/** Shapes a random crop may take. */
export interface RandomCropOptions {
  /** Share of the image's area, in (0, 1]. Default: [0.2, 1], as in pre-training. */
  readonly area?: Range;
  /** Width over height, drawn log-uniformly. Default: [3/4, 4/3]. */
  readonly aspect?: Range;
}

const tries = 10;
const drawsPerTry = 4;

function checkRange(field: string, range: Range, limit: number, remedy: string): void {
  requireList(field, range, 'Write [minimum, maximum].');
  const [minimum, maximum] = range;
  if (!(minimum > 0 && minimum <= maximum && maximum <= limit)) {
    const rule =
      limit === Infinity ? '[minimum, maximum], both above 0' : `[minimum, maximum] within (0, ${limit}]`;
    throw invalidField(field, rule, `[${minimum}, ${maximum}]`, remedy);
  }
}

/** The largest centered box of an allowed aspect: what is left when no try fits. */
function centralBox({ width, height }: Size, [narrowest, widest]: Range): CropBox {
  const ratio = width / height;
  const boxWidth = ratio > widest ? Math.max(1, roundHalfEven(height * widest)) : width;
  const boxHeight = ratio < narrowest ? Math.max(1, roundHalfEven(width / narrowest)) : height;
  const left = Math.floor((width - boxWidth) / 2);
  const top = Math.floor((height - boxHeight) / 2);
  return { left, top, width: boxWidth, height: boxHeight };
}

/**
 * Draws the box of a RandomResizedCrop.
 *
 * Up to ten times, an area and an aspect are drawn; the first that fits is placed uniformly.
 * If none fits, the result is the largest centered box of an allowed aspect.
 *
 * @param key - Random key; the same key always gives the same box.
 * @param size - Size of the image, in pixels.
 * @param options - Ranges of area and aspect.
 * @returns Whole pixels inside the image, for `resizedCrop`.
 * @throws RangeError if a size is not a positive integer or a range is empty or out of bounds.
 *
 * @example
 * ```ts
 * const box = randomResizedCropBox(key(0), image, { area: [0.2, 1] });
 * const view = resizedCrop(image, box, { width: 256, height: 256 });
 * ```
 *
 * @see torchvision.transforms.RandomResizedCrop.get_params, whose rule this is (its random stream is not)
 */
export function randomResizedCropBox(key: RngKey, size: Size, options: RandomCropOptions = {}): CropBox {
  requireRecord('size', size, 'width, height', 'Pass the image itself, or its size.');
  requireRecord('options', options, 'area, aspect', 'Leave it out for those of pre-training.');
  const { area = [0.2, 1], aspect = [3 / 4, 4 / 3] } = options;
  const { width, height } = size;
  requirePositiveInteger('width', width, 'Give the size of the image in pixels.');
  requirePositiveInteger('height', height, 'Give the size of the image in pixels.');
  checkRange('area', area, 1, 'Write the whole image as 1.');
  checkRange('aspect', aspect, Infinity, 'Write three to four as 3 / 4.');
  const draws = uniform(key, tries * drawsPerTry);
  const logFrom = Math.log(aspect[0]);
  const logSpan = Math.log(aspect[1]) - logFrom;
  for (let at = 0; at < draws.length; at += drawsPerTry) {
    const pixels = width * height * (area[0] + (area[1] - area[0]) * draws[at]!);
    const ratio = Math.exp(logFrom + logSpan * draws[at + 1]!);
    const boxWidth = roundHalfEven(Math.sqrt(pixels * ratio));
    const boxHeight = roundHalfEven(Math.sqrt(pixels / ratio));
    if (boxWidth < 1 || boxWidth > width || boxHeight < 1 || boxHeight > height) continue;
    const top = Math.floor(draws[at + 2]! * (height - boxHeight + 1));
    const left = Math.floor(draws[at + 3]! * (width - boxWidth + 1));
    return { left, top, width: boxWidth, height: boxHeight };
  }
  return centralBox(size, aspect);
}
