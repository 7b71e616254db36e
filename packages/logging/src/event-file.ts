import { closeSync, openSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { explained } from '@m3ae/checkpoint/files';

/** Table of the Castagnoli polynomial, reflected (0x82f63b78). */
const table = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  return crc >>> 0;
});

/** CRC-32C of some bytes, as an unsigned 32-bit number. */
export function crc32c(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = table[(crc ^ byte) & 0xff]! ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}

/**
 * The checksum as TFRecord stores it: rotated and shifted, so that a checksum of data that itself holds checksums stays sound.
 *
 * @see https://www.tensorflow.org/tutorials/load_data/tfrecord#tfrecords_format_details
 */
export function maskedCrc32c(bytes: Uint8Array): number {
  const crc = crc32c(bytes);
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}

/** What one TensorBoard event says. Times are seconds since 1970. */
export type TensorboardEvent =
  | { readonly kind: 'version'; readonly wallTime: number }
  | { readonly kind: 'restart'; readonly wallTime: number; readonly step: number }
  | {
      readonly kind: 'scalars';
      readonly wallTime: number;
      readonly step: number;
      readonly values: Readonly<Record<string, number>>;
    };

/** Protobuf base-128 number. */
function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 128) {
    bytes.push((rest % 128) | 128);
    rest = Math.floor(rest / 128);
  }
  return [...bytes, rest];
}

/** A field of known length: strings and messages. */
function lengthDelimited(field: number, bytes: Iterable<number>): number[] {
  const content = [...bytes];
  return [(field << 3) | 2, ...varint(content.length), ...content];
}

function fixed64(field: number, value: number): number[] {
  return [(field << 3) | 1, ...new Uint8Array(Float64Array.of(value).buffer)];
}

function fixed32(field: number, value: number): number[] {
  return [(field << 3) | 5, ...new Uint8Array(Float32Array.of(value).buffer)];
}

const utf8 = (text: string) => new TextEncoder().encode(text);

/** Event { wall_time = 1, step = 2, file_version = 3, summary = 5 { value = 1 { tag = 1, simple_value = 2 } }, session_log = 7 }. */
function encodeEvent(event: TensorboardEvent): Uint8Array {
  const head = fixed64(1, event.wallTime);
  if (event.kind === 'version')
    return Uint8Array.from([...head, ...lengthDelimited(3, utf8('brain.Event:2'))]);
  const place = [...head, (2 << 3) | 0, ...varint(event.step)];
  // SessionLog.START makes the reader drop later steps of earlier files: those that a resumed run repeats.
  if (event.kind === 'restart') return Uint8Array.from([...place, ...lengthDelimited(7, [(1 << 3) | 0, 1])]);
  const values = Object.entries(event.values).flatMap(([tag, value]) =>
    lengthDelimited(1, [...lengthDelimited(1, utf8(tag)), ...fixed32(2, value)]),
  );
  return Uint8Array.from([...place, ...lengthDelimited(5, values)]);
}

/**
 * One TFRecord that holds one event: length (8 bytes), its checksum (4), the event, its checksum (4); little-endian.
 *
 * @see https://github.com/tensorflow/tensorboard/blob/master/tensorboard/compat/proto/event.proto
 */
export function eventRecord(event: TensorboardEvent): Uint8Array {
  const content = encodeEvent(event);
  const record = new Uint8Array(content.length + 16);
  const view = new DataView(record.buffer);
  view.setBigUint64(0, BigInt(content.length), true);
  view.setUint32(8, maskedCrc32c(record.subarray(0, 8)), true);
  record.set(content, 12);
  view.setUint32(12 + content.length, maskedCrc32c(content), true);
  return record;
}

/** An open TensorBoard event file. */
export interface EventFile {
  readonly path: string;
  /** Adds scalars; `step` counts finished updates. */
  scalars(step: number, values: Readonly<Record<string, number>>): void;
  /** Closes the file; nothing can be written any more. */
  close(): void;
}

/**
 * Opens a new event file in a run folder. A resumed run gets a second file, whose first event
 * tells TensorBoard to forget what earlier files say about later steps.
 *
 * @param folder - The run folder.
 * @param startStep - Updates done so far; 0 for a new run.
 * @param clock - Seconds since 1970.
 */
export function openEventFile(folder: string, startStep: number, clock: () => number): EventFile {
  const stamp = clock();
  const seconds = String(Math.floor(stamp)).padStart(10, '0');
  const path = join(folder, `events.out.tfevents.${seconds}.${hostname()}.${process.pid}.${startStep}`);
  const file = explained(path, 0, () => openSync(path, 'a'));
  const write = (event: TensorboardEvent) => {
    const bytes = eventRecord(event);
    explained(path, bytes.length, () => writeFileSync(file, bytes));
  };
  write({ kind: 'version', wallTime: stamp });
  if (startStep > 0) write({ kind: 'restart', wallTime: stamp, step: startStep });
  return {
    path,
    scalars(step, values) {
      const finite = Object.fromEntries(Object.entries(values).filter(([, value]) => Number.isFinite(value)));
      write({ kind: 'scalars', wallTime: clock(), step, values: finite });
    },
    close: () => closeSync(file),
  };
}
