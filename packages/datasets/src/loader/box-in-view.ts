/** Left, top, right and bottom edges in pixels; right and bottom are the first column and row outside. */
export type Box = readonly [left: number, top: number, right: number, bottom: number];

/**
 * Where a box of a picture lies in the view that evaluation takes of it: shorter side resized to `viewSize`, then the
 * centre cut out. It is clipped to the view; a box that lies outside has no area.
 *
 * @param box - In pixels of the picture.
 * @param picture - Size of the picture in pixels.
 * @param viewSize - Side of the view in pixels: `image.size` of the loader.
 * @returns In pixels of the view; fractions are kept.
 *
 * @example
 * ```ts
 * boxInView([32, 0, 64, 32], { width: 64, height: 64 }, 48); // [24, 0, 48, 24]
 * ```
 */
export function boxInView(
  [left, top, right, bottom]: Box,
  { width, height }: { readonly width: number; readonly height: number },
  viewSize: number,
): Box {
  const shorter = Math.min(width, height);
  // Sizes are rounded down as the resize rounds them, and the cut starts at a whole pixel.
  const resized = [width, height].map((side) => Math.floor((side * viewSize) / shorter));
  const [scaleX, scaleY] = [resized[0]! / width, resized[1]! / height];
  const [startX, startY] = resized.map((side) => halfEven((side - viewSize) / 2)) as [number, number];
  const clip = (value: number): number => Math.min(viewSize, Math.max(0, value));
  return [
    clip(left * scaleX - startX),
    clip(top * scaleY - startY),
    clip(right * scaleX - startX),
    clip(bottom * scaleY - startY),
  ];
}

/** To the nearest integer, halves to the even one, as the centre crop rounds. */
function halfEven(value: number): number {
  const floor = Math.floor(value);
  return value - floor === 0.5 ? floor + (floor % 2) : Math.round(value);
}
