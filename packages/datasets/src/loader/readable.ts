import { invalidField, isInvalidInput, messageOf, pluralize, unusable } from '@m3ae/errors';
import type { RgbImage } from '@m3ae/preprocess';
import { ChangedFile } from '../bytes/retry.js';
import type { Dataset } from '../dataset.js';
import type { BadFile } from './batch.js';
import type { AssemblyOptions } from './options.js';

/** Files that a message names before it counts the rest. */
const listed = 5;

/** A picture with the example it belongs to. */
interface ReadPicture {
  readonly index: number;
  readonly picture: RgbImage;
}

/**
 * Reads pictures and remembers those that cannot be decoded.
 *
 * @throws InvalidInput if `examples` names an example that the dataset does not have.
 */
export function createPictureReader(
  dataset: Dataset,
  { examples, maxBadShare }: Pick<AssemblyOptions, 'examples' | 'maxBadShare'>,
) {
  refuseOutside('examples', examples ?? [], dataset);
  const total = examples?.length ?? dataset.length;
  const bad = new Map<number, BadFile>();
  let untold: BadFile[] = [];

  /** The picture of an example; nothing where it cannot be decoded. */
  const read = async (index: number, stored?: Uint8Array): Promise<ReadPicture | undefined> => {
    if (bad.has(index)) return undefined;
    try {
      return { index, picture: await dataset.image(index, stored) };
    } catch (error) {
      if (!isInvalidInput(error) || error instanceof ChangedFile) throw error;
      const file = { index, name: dataset.describe(index), reason: messageOf(error) };
      if (!bad.has(index)) untold.push(file);
      bad.set(index, file);
      refuseTooManyBad([...bad.values()], dataset.name, total, maxBadShare);
      return undefined;
    }
  };

  return {
    read,
    /** The picture of an example, or of the next one that can be decoded: a rule that needs no memory, so every worker applies it alike. */
    async readOrNext(wanted: number, stored?: Uint8Array): Promise<ReadPicture> {
      const first = examples?.indexOf(wanted) ?? wanted;
      for (let tries = 0; tries < total; tries++) {
        const place = (first + tries) % total;
        const found = await read(examples?.[place] ?? place, tries === 0 ? stored : undefined);
        if (found !== undefined) return found;
      }
      throw unusable(`No picture of ${dataset.name} can be decoded.`);
    },
    /** Files found undecodable since the last call. */
    takeBadFiles(): BadFile[] {
      const files = untold;
      untold = [];
      return files;
    },
  };
}

/** @throws InvalidInput if an example is not of the dataset. */
export function refuseOutside(field: string, indices: ArrayLike<number>, dataset: Dataset): void {
  const outside: number | undefined = Array.prototype.find.call(
    indices,
    (index: number) => !(index >= 0 && index < dataset.length),
  );
  if (outside === undefined) return;
  const rule = `from 0 to ${dataset.length - 1}`;
  throw invalidField(field, rule, outside, `${dataset.name} has ${pluralize(dataset.length, 'example')}.`);
}

/**
 * How many of some pictures may fail to decode. A single one is no share of a small part: it passes unless the share
 * is 0.
 *
 * @example
 * ```ts
 * mostBadFiles(20, 0.01); // 1
 * mostBadFiles(1000, 0.01); // 10
 * ```
 */
export function mostBadFiles(total: number, maxBadShare: number): number {
  return maxBadShare === 0 ? 0 : Math.max(1, Math.floor(maxBadShare * total));
}

/** Throws when more files are bad than {@link mostBadFiles}. */
export function refuseTooManyBad(
  bad: readonly BadFile[],
  name: string,
  total: number,
  maxBadShare: number,
): void {
  if (bad.length <= mostBadFiles(total, maxBadShare)) return;
  const reasons = bad.slice(0, listed).map(({ reason }) => reason);
  if (bad.length > listed) reasons.push(`And ${bad.length - listed} more.`);
  throw unusable(
    `${bad.length} of the ${pluralize(total, 'picture')} of ${name} cannot be decoded, more than ` +
      `maxBadShare ${maxBadShare} allows: ${reasons.join(' ')} Mend or remove them, or raise maxBadShare.`,
  );
}
