/** Rounded a * b / 255 in whole numbers, exact for bytes. */
export function multiplyBytes(a: number, b: number): number {
  const product = a * b + 128;
  return ((product >> 8) + product) >> 8;
}

/**
 * Colors times alpha, so that the color of an invisible pixel cannot leak into its neighbors.
 *
 * @param rgba - [pixels, 4]; changed in place.
 */
export function premultiply(rgba: Uint8Array): void {
  for (let i = 0; i < rgba.length; i += 4) {
    const alpha = rgba[i + 3]!;
    if (alpha === 255) continue;
    rgba[i] = multiplyBytes(rgba[i]!, alpha);
    rgba[i + 1] = multiplyBytes(rgba[i + 1]!, alpha);
    rgba[i + 2] = multiplyBytes(rgba[i + 2]!, alpha);
  }
}

/**
 * The inverse of {@link premultiply}, fractions dropped as Pillow does.
 *
 * @param rgba - [pixels, 4]; changed in place.
 */
export function unpremultiply(rgba: Uint8Array): void {
  for (let i = 0; i < rgba.length; i += 4) {
    const alpha = rgba[i + 3]!;
    if (alpha === 255 || alpha === 0) continue;
    for (let channel = i; channel < i + 3; channel++) {
      rgba[channel] = Math.min(255, Math.trunc((255 * rgba[channel]!) / alpha));
    }
  }
}
