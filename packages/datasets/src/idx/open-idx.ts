import { unusable } from '@m3ae/errors';
import { checkOptions, list, optional, record, text } from '@m3ae/errors/rules';
import { createHash } from 'node:crypto';
import { readWhole } from '../bytes/open-file.js';
import type { Dataset } from '../dataset.js';
import { createListDataset } from '../create-dataset.js';
import { kindRule } from '../spec-rules.js';
import { type IdxArray, parseIdx } from './parse-idx.js';

/** Grey pictures in an IDX file, e.g. MNIST or Fashion-MNIST. */
export interface IdxSpec {
  readonly kind: 'idx';
  /** File of pictures, a path or an address (`https://`, `s3://`): [count, height, width] unsigned bytes, plain or gzipped. */
  readonly images: string;
  /** File of labels, [count] unsigned bytes, plain or gzipped. Default: no labels. */
  readonly labels?: string;
  /** What the labels 0, 1, … mean. Default: the numbers themselves. */
  readonly classNames?: readonly string[];
}

/**
 * Opens pictures of an IDX file; grey is replicated to three channels when they are read. There are no captions.
 *
 * @throws InvalidInput if an option is unknown or out of range.
 * @throws InvalidInput if a file is missing or damaged, its header lies, or the labels do not fit.
 *
 * @example
 * ```ts
 * const fashion = await openIdx({ kind: 'idx', images: 't10k-images-idx3-ubyte.gz', labels: 't10k-labels-idx1-ubyte.gz' });
 * fashion.length; // 10,000
 * ```
 */
export async function openIdx(spec: IdxSpec): Promise<Dataset> {
  const { images, labels } = resolveIdxSpec(spec);
  const pictures = parseIdx(await readWhole(images), 3, images);
  const numbers = labels === undefined ? undefined : parseIdx(await readWhole(labels), 1, labels);
  const [count, height, width] = pictures.shape as [number, number, number];
  const bytes = new SharedArrayBuffer(pictures.data.length);
  new Uint8Array(bytes).set(pictures.data);
  const name = images.replace(/^.*[\\/]/, '');
  const facts = {
    name: `idx/${name}`,
    kind: 'image' as const,
    length: count,
    fingerprint: fingerprintOf(pictures, numbers),
    ...(numbers && classesOf(spec, numbers, count)),
    notes: [],
  };
  return createListDataset(facts, {
    type: 'list',
    pictures: { type: 'pixels', bytes, width, height, channels: 1 },
  });
}

const idxRule = record({
  kind: kindRule('idx'),
  images: text('Name e.g. "t10k-images-idx3-ubyte.gz".', 'a file path'),
  labels: optional(text('Leave it out for pictures without classes.', 'a file path')),
  classNames: optional(
    list(text('Name the class.'), {
      rule: 'a list of names',
      min: 1,
      remedy: 'Leave it out for "0", "1", …',
    }),
  ),
});

/**
 * Checks the options.
 *
 * @returns Those that were given.
 * @throws InvalidInput listing every option that is unknown or of the wrong kind.
 */
export function resolveIdxSpec(spec: IdxSpec): IdxSpec {
  return checkOptions(idxRule, spec);
}

function classesOf(
  { labels: file, classNames }: IdxSpec,
  { shape, data }: IdxArray,
  count: number,
): { labels: Int32Array; classNames: readonly string[] } {
  if (shape[0] !== count) {
    throw unusable(
      `${file} must hold one label a picture, ${count}; it holds ${shape[0]}. Take the labels of the same part.`,
    );
  }
  const classes = data.reduce((most, label) => Math.max(most, label), 0) + 1;
  if (classNames !== undefined && classNames.length < classes) {
    throw unusable(
      `classNames must name the ${classes} classes of ${file}; it names ${classNames.length}. Add the others.`,
    );
  }
  return {
    labels: Int32Array.from(data),
    classNames: classNames ?? Array.from({ length: classes }, (_, label) => String(label)),
  };
}

function fingerprintOf(pictures: IdxArray, labels: IdxArray | undefined): string {
  const hash = createHash('sha256').update(JSON.stringify([pictures.shape, labels?.shape ?? null]));
  hash.update(pictures.data);
  if (labels) hash.update(labels.data);
  return hash.digest('hex');
}
