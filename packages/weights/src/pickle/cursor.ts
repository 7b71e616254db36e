import { invalidField } from '@m3ae/errors';
import type { ByteSource } from '../byte-source.js';

/** A place in a source that moves on as bytes are taken. */
export interface Cursor {
  readonly position: number;
  byte(): number;
  /** A view of the next bytes. */
  take(length: number): DataView;
  /** Steps over bytes without reading them, and returns where they begin. */
  skip(length: number): number;
  /** The bytes up to the next newline, which is stepped over. */
  line(): Uint8Array;
}

const windowBytes = 64 * 1024;

/** Starts at the first byte of a source; a small window of it is held. */
export function cursorOf(source: ByteSource): Cursor {
  let position = 0;
  let window: Uint8Array = new Uint8Array();
  let start = 0;

  function need(length: number): void {
    if (length > source.length - position) {
      const rule = `within the file (${source.length} bytes)`;
      throw invalidField(
        `${source.name}, byte ${position}`,
        rule,
        `a piece of ${length} bytes`,
        'The file was cut short or is damaged: fetch it again.',
      );
    }
  }

  /** Makes the window hold `length` bytes from the position on. */
  function fill(length: number): number {
    need(length);
    if (position < start || position + length > start + window.length) {
      start = position;
      window = source.read(start, Math.min(source.length, start + Math.max(length, windowBytes)));
    }
    return position - start;
  }

  return {
    get position() {
      return position;
    },
    byte() {
      const at = fill(1); // moves the window
      const value = window[at]!;
      position += 1;
      return value;
    },
    take(length) {
      const at = fill(length);
      position += length;
      return new DataView(window.buffer, window.byteOffset + at, length);
    },
    skip(length) {
      need(length);
      const begin = position;
      position += length;
      return begin;
    },
    line() {
      for (let length = 1024; ; length *= 4) {
        const known = Math.min(length, source.length - position);
        const at = fill(known);
        const newline = window.subarray(at, at + known).indexOf(0x0a);
        if (newline >= 0) {
          const bytes = window.slice(at, at + newline);
          position += newline + 1;
          return bytes;
        }
        need(known === length ? 0 : known + 1);
      }
    },
  };
}
