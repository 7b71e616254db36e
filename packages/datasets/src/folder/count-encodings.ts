import { isUtf8 } from 'node:buffer';
import type { DatasetNote } from '../notes.js';
import { decodeText, likelyEncoding } from './encoding.js';
import { createTally } from './fault-counter.js';

/** Decodes texts that come one by one, each by its own likely encoding, and counts those that are not UTF-8. */
export interface CountingDecoder {
  /** @param place - Where the text stands; asked for only where it is not UTF-8. */
  decode(bytes: Uint8Array, place: () => string): string;
  /** What was met so far. */
  note(): DatasetNote;
}

/** An empty {@link CountingDecoder}. */
export function countingDecoder(): CountingDecoder {
  const tally = createTally();
  const encodings = new Set<string>();
  return {
    decode(bytes, place) {
      if (isUtf8(bytes)) return decodeText(bytes, 'utf-8');
      const encoding = likelyEncoding(bytes);
      tally.add(place());
      encodings.add(encoding);
      return decodeText(bytes, encoding);
    },
    note: () => ({
      code: 'invalid-utf8',
      count: tally.count,
      detail: [...encodings].sort().join(' and '),
      places: tally.places,
    }),
  };
}

/** One note for what several decoders met; none where they met nothing. */
export function joinNotes(notes: readonly DatasetNote[]): DatasetNote[] {
  const met = notes.filter(({ count }) => count > 0);
  if (met.length === 0) return [];
  const encodings = new Set(met.flatMap(({ detail = '' }) => detail.split(' and ')));
  return [
    {
      code: met[0]!.code,
      count: met.reduce((sum, { count }) => sum + count, 0),
      detail: [...encodings].sort().join(' and '),
      places: met.flatMap(({ places }) => places).slice(0, 100),
    },
  ];
}
