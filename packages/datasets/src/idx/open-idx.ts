import { createHash } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { messageOf, unusable } from '@m3ae/errors';
import { checkOptions, list, optional, record, text } from '@m3ae/errors/rules';
import { readWhole } from '../bytes/open-file.js';
import { createListDataset } from '../create-dataset.js';
import type { Dataset } from '../dataset.js';
import { kindRule } from '../spec-rules.js';

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

/** An array of bytes with its shape. */
interface IdxArray {
  readonly shape: readonly number[];
  readonly data: Uint8Array;
}

/** More than this is refused before anything is unpacked: 60,000 pictures of 28 x 28 take 47 MB. */
const mostBytes = 2 ** 31;

const elementTypes: Readonly<Record<number, string>> = {
  0x09: 'signed bytes',
  0x0b: '16-bit integers',
  0x0c: '32-bit integers',
  0x0d: '32-bit floats',
  0x0e: '64-bit floats',
};

/**
 * Reads an IDX file of unsigned bytes, the format of MNIST and Fashion-MNIST, plain or gzipped.
 *
 * @param bytes - The whole file: two zero bytes, element type 8, number of axes, their lengths as big-endian 32-bit
 * integers, and the elements in row-major order.
 * @param axes - How many axes it must have: 3 for pictures, 1 for labels.
 * @param file - What to call it in messages.
 * @throws InvalidInput if it is no such file, or holds fewer or more bytes than its header says.
 */
function parseIdx(bytes: Uint8Array, axes: number, file: string): IdxArray {
  const whole = bytes[0] === 0x1f && bytes[1] === 0x8b ? unzip(bytes, file) : bytes;
  const what = axes === 3 ? 'pictures [count, height, width]' : 'labels [count]';
  if (whole.length < 4 || whole[0] !== 0 || whole[1] !== 0) {
    throw unusable(
      `${file} must be an IDX file; its first bytes are ${hex(whole)}. Name a file such as train-images-idx3-ubyte.`,
    );
  }
  if (whole[2] !== 0x08) {
    const type = elementTypes[whole[2]!] ?? `unknown elements (type ${whole[2]})`;
    throw unusable(`${file} must hold unsigned bytes; it holds ${type}. Convert it to bytes.`);
  }
  if (whole[3] !== axes) {
    throw unusable(
      `${file} must hold ${what}; its header says ${whole[3]} axes. Check whether the files are swapped.`,
    );
  }
  const start = 4 + 4 * axes;
  if (whole.length < start) {
    throw unusable(`${file} ends within its header of ${start} bytes. Fetch the file again.`);
  }
  const view = new DataView(whole.buffer, whole.byteOffset, whole.byteLength);
  const shape = Array.from({ length: axes }, (_, axis) => view.getUint32(4 + 4 * axis));
  // As numbers, not 32-bit integers: a lying header must not overflow into a small size.
  const expected = shape.reduce((size, length) => size * length, 1);
  const held = whole.length - start;
  if (expected !== held) {
    throw unusable(
      `${file} must hold ${shape.join(' x ')} = ${expected} bytes after its header; it holds ${held}. ` +
        'It is cut short or damaged: fetch it again.',
    );
  }
  if (expected === 0) throw unusable(`${file} must hold at least one element; it is empty.`);
  return { shape, data: whole.subarray(start) };
}

function unzip(bytes: Uint8Array, file: string): Uint8Array {
  try {
    return gunzipSync(bytes, { maxOutputLength: mostBytes });
  } catch (error) {
    throw unusable(`${file} cannot be unpacked: ${messageOf(error)}. Fetch the file again.`, {
      cause: error,
    });
  }
}

function hex(bytes: Uint8Array): string {
  const first = Array.from(bytes.subarray(0, 4), (byte) => byte.toString(16).padStart(2, '0')).join(' ');
  return first === '' ? 'none, it is empty' : first;
}
