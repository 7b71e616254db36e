import { open } from 'node:fs/promises';
import type { PrepareOptions } from './options.js';
import type { PreparedExample } from './read-example.js';
import { createHdf5 } from './hdf5/create-hdf5.js';

/** Writes the examples of one shard. */
export interface ShardWriter {
  add(example: PreparedExample): Promise<void>;
  /** Ends the file, which is whole then. */
  close(): Promise<void>;
}

/** What all shards of a data set have in common. */
export interface ShardLayout {
  /** Names of the classes; absent where there are none. */
  readonly classNames?: readonly string[];
  readonly hasGroups: boolean;
  /** What stands before the names of arrays, in files that have such. */
  readonly partition: string | null;
}

/** A kind of shard. */
interface ShardKind {
  /** Ending of its files, with its dot. */
  readonly ending: string;
  /** @param path - Of a file that is not there. */
  open(path: string, layout: ShardLayout): Promise<ShardWriter>;
}

/** The kinds, by the option that names them; a library is loaded where its kind is written. */
export const shardKinds: Readonly<Record<PrepareOptions['to'], ShardKind>> = {
  webdataset: { ending: '.tar', open: openTarShard },
  parquet: {
    ending: '.parquet',
    open: async (path, layout) => (await import('./parquet-shard.js')).openParquetShard(path, layout),
  },
  hdf5: { ending: '.h5', open: openHdf5Shard },
};

const block = 512;

/** Two empty blocks end an archive, which is filled up to a whole record. */
const recordBytes = 20 * block;

/** The header of a file as POSIX has it ("ustar"): readable by all, of nobody, of no date, so that the bytes are always the same. */
function headerOf(name: string, length: number): Buffer {
  const header = Buffer.alloc(block);
  const octal = (value: number, digits: number) => `${value.toString(8).padStart(digits, '0')}\0`;
  header.write(name, 0);
  header.write(octal(0o644, 7), 100);
  header.write(octal(0, 7), 108);
  header.write(octal(0, 7), 116);
  header.write(octal(length, 11), 124);
  header.write(octal(0, 11), 136);
  header.write('        0', 148); // spaces for the checksum, then the type: a file
  header.write('ustar\x0000', 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return header;
}

function fileIn(name: string, content: Uint8Array | string): Buffer[] {
  const bytes = Buffer.from(content); // of either kind: both are copied
  return [headerOf(name, bytes.length), bytes, Buffer.alloc((block - (bytes.length % block)) % block)];
}

/** The files of an example: picture, caption as text where there is one, and the rest as JSON. */
function filesOf({ index, place, picture, ending, captions, label, group }: PreparedExample): Buffer[] {
  const key = String(index).padStart(9, '0');
  const several = captions.length > 1;
  const rest = {
    ...(several && { caption: captions }),
    ...(label !== undefined && { label }),
    ...(group !== undefined && { group }),
    source: place,
  };
  return [
    ...fileIn(`${key}.${ending}`, picture),
    ...(captions.length === 1 ? fileIn(`${key}.txt`, captions[0]!) : []),
    ...fileIn(`${key}.json`, `${JSON.stringify(rest)}\n`),
  ];
}

/** Starts a tar archive as WebDataset reads it. */
async function openTarShard(path: string): Promise<ShardWriter> {
  const file = await open(path, 'wx');
  let length = 0;
  const write = async (parts: readonly Buffer[]) => {
    const bytes = Buffer.concat(parts);
    length += bytes.length;
    await file.writeFile(bytes); // where the last one ended
  };
  return {
    add: (example) => write(filesOf(example)),
    async close() {
      const end = Math.ceil((length + 2 * block) / recordBytes) * recordBytes;
      await write([Buffer.alloc(end - length)]).finally(() => file.close());
    },
  };
}

/** A picture is read alone; small ones share what a reader fetches anyway. */
const pictureHeap = 4096;

/** Captions are read all at once, when a data set is opened. */
const textHeap = 65_536;

const isInt32 = (name: string) => String(Number(name) | 0) === name;

/**
 * Starts an HDF5 file as M3AE's reference reads it: pictures in `jpg` and captions in `caption`, bytes of any length, classes in
 * `labels`. A row has one caption, so that a picture with several has several rows, which share its bytes and its `group`. Classes that
 * are no numbers are numbered by `classes`.
 *
 * @see young-geng/m3ae_public, m3ae/data.py
 */
async function openHdf5Shard(
  path: string,
  { classNames, hasGroups, partition }: ShardLayout,
): Promise<ShardWriter> {
  const file = await createHdf5(path);
  const [pictures, texts] = [file.heap(pictureHeap), file.heap(textHeap)];
  const storeText = (text: string) => texts.store(Buffer.from(text));
  const prefix = partition === null ? '' : `${partition}_`;
  const jpg = file.array(`${prefix}jpg`, 'bytes');
  const caption = file.array(`${prefix}caption`, 'bytes');
  const group = file.array(`${prefix}group`, 'bytes');
  const labels = classNames && file.numbers(`${prefix}labels`);
  const names = classNames?.every(isInt32) === true ? undefined : classNames;
  if (names) {
    const classes = file.array('classes', 'text');
    for (const name of names) classes.push(await storeText(name));
  }
  return {
    async add(example) {
      const { index, captions, label = '' } = example;
      const picture = await pictures.store(example.picture);
      const own = await storeText(hasGroups ? (example.group ?? '') : String(index));
      for (const text of captions.length === 0 ? [''] : captions) {
        jpg.push(picture);
        caption.push(await storeText(text));
        group.push(own);
        labels?.push(names ? names.indexOf(label) : Number(label));
      }
    },
    close: () => file.close(),
  };
}
