import { faultOf, invalidField, throwFaults } from '@m3ae/errors';
import type { FileTensors } from '../tensors.js';

/** Heads of the Vision Transformers in use, by width. */
const usualHeads: Readonly<Record<number, number>> = { 192: 3, 384: 6, 512: 8, 768: 12, 1024: 16, 1280: 16 };

/**
 * Heads of a stack, which no shape tells.
 *
 * @param field - `heads`, `decoderHeads` or `textHeads`.
 * @throws InvalidInput if they are neither given nor usual at this width.
 */
export function headsOf(
  field: string,
  dim: number,
  given: number | undefined,
  usual: number | undefined = usualHeads[dim],
): number {
  const heads = given ?? usual;
  if (heads !== undefined && dim % heads === 0) return heads;
  throw invalidField(
    field,
    `given for a width of ${dim}`,
    given,
    `Say how many attention heads it has: ${field}.`,
  );
}

/**
 * Shapes of tensors by name, once each has the number of axes that it must have.
 *
 * @param ranks - Axes of each, by name.
 * @throws InvalidInput naming each that is missing or has other axes.
 */
export function shapesOf<Name extends string>(
  tensors: FileTensors,
  ranks: Readonly<Record<Name, number>>,
): Record<Name, readonly number[]> {
  const wanted = Object.entries<number>(ranks);
  throwFaults(
    wanted.map(([name, rank]) => {
      const shape = tensors.get(name)?.shape;
      const fits = shape?.length === rank && shape.every((length) => length > 0);
      const remedy = 'Check that the file holds the whole model.';
      return !fits && faultOf(name, `there with ${rank} axes`, shape && `[${shape}]`, remedy);
    }),
  );
  return Object.fromEntries(wanted.map(([name]) => [name, tensors.get(name)!.shape])) as Record<
    Name,
    readonly number[]
  >;
}

/** One more than the largest number that a name has in a place: blocks of a stack, layers of a head. */
export function countOf(tensors: FileTensors, pattern: RegExp): number {
  let count = 0;
  for (const name of tensors.keys()) count = Math.max(count, Number(pattern.exec(name)?.[1] ?? -1) + 1);
  return count;
}
