import { createHdf5 } from '../hdf5/create-hdf5.js';
import type { ShardLayout, ShardWriter } from './shard-writer.js';

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
export async function openHdf5Shard(
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
