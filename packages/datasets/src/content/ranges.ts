import { openStored } from '../bytes/open-file.js';
import type { StoredPicture } from '../decode.js';
import type { RangeSource } from '../state.js';
import { textAt } from './packed-texts.js';

/** Reads pictures out of files that hold many. */
export function rangeReader(source: RangeSource): (index: number) => Promise<StoredPicture> {
  const { places, starts, lengths, names } = source;
  const files = source.files.map(openStored);
  return async (index) => {
    const file = files[places[index]!]!;
    const bytes = await file.read(starts[index]!, lengths[index]!);
    return { bytes, name: `${file.address}, ${textAt(names, index)}` };
  };
}
