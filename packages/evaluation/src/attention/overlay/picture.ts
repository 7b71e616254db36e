import { type Fault, faultOf } from '@m3ae/errors';

/** Eight-bit picture of three channels: row-major, interleaved. */
export interface RgbPicture {
  readonly width: number;
  readonly height: number;
  /** [height, width, 3], 0 to 255. */
  readonly data: Uint8Array;
}

/** What is wrong with a picture. */
export function pictureFaults({ width, height, data }: RgbPicture): Fault[] {
  const positive = [width, height].every((side) => Number.isInteger(side) && side > 0);
  if (positive && data.length === width * height * 3) return [];
  const rule = `of height * width * 3 bytes, ${height} * ${width} * 3`;
  return [faultOf('picture', rule, `${data.length} bytes`, 'Convert it to three channels first.')];
}
