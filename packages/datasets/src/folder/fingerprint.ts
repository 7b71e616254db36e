import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { isRemote, placeIn } from '../bytes/file.js';
import { textAt } from '../content/packed-texts.js';
import type { OnProgress } from '../progress.js';
import type { FolderRows } from './rows.js';

/** Fewer are looked up before anybody wonders. */
const progressFrom = 20_000;
const rowsAtATime = 1024;

/**
 * A hash of names, sizes, captions and labels; not of times, which change when a folder is copied.
 *
 * @param chosen - The rows that count, in order.
 */
export async function fingerprintOf(
  path: string,
  rows: FolderRows,
  chosen: Int32Array,
  onProgress?: OnProgress,
): Promise<string> {
  const { files, pictures, captions, labels, labelNames } = rows;
  const sizes = await sizesOf(path, rows, chosen, onProgress);
  const hash = createHash('sha256');
  for (let start = 0; start < chosen.length; start += rowsAtATime) {
    const lines = Array.from(chosen.subarray(start, start + rowsAtATime), (row) => {
      const picture = pictures[row]!;
      const label = labelNames[labels[row]!] ?? null;
      return JSON.stringify([files[picture], sizes[picture], textAt(captions, row), label]);
    });
    hash.update(lines.join(''));
  }
  return hash.digest('hex');
}

/** Sizes in bytes of the pictures that the rows name: [files]. */
async function sizesOf(
  path: string,
  { files, pictures }: FolderRows,
  chosen: Int32Array,
  onProgress: OnProgress = () => {},
): Promise<Float64Array> {
  const sizes = new Float64Array(files.length).fill(-1);
  for (const row of chosen) sizes[pictures[row]!] = 0;
  // Of pictures on a server the names must do: asking for each would take hours.
  const isHere = (file: number): boolean => !isRemote(placeIn(path, files[file]!));
  const wanted = Int32Array.from(sizes.keys()).filter((file) => sizes[file] === 0 && isHere(file));
  for (const [at, file] of wanted.entries()) {
    // A promise for each file takes four times the processor time of the look itself.
    sizes[file] = statSync(placeIn(path, files[file]!)).size;
    const done = at + 1;
    if (done % rowsAtATime !== 0 && done !== wanted.length) continue;
    if (wanted.length >= progressFrom) onProgress(done, wanted.length, 'Looking up picture sizes');
    await setImmediate(); // Lets the process hear a signal.
  }
  return sizes;
}
