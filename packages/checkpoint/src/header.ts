import { invalidField, type InvalidInput, isRecord, limitLines, unusable } from '@m3ae/errors';
import { bytesPerElement, isDtype, type SafetensorsDtype } from './elements.js';
import { duplicateNames } from './duplicate-names.js';

/** Bounds against files that lie about their size. */
export interface SafetensorsLimits {
  /** Largest header accepted, in bytes. Default 100,000,000, as in the format's own reader. */
  readonly maxHeaderBytes?: number;
}

/** Where one tensor lies. */
export interface TensorEntry {
  readonly name: string;
  readonly dtype: SafetensorsDtype;
  readonly shape: readonly number[];
  /** First byte, counted from the end of the header. */
  readonly begin: number;
  /** The byte after the last. */
  readonly end: number;
}

/** What a header says, checked. */
export interface SafetensorsHeader {
  /** In the order of the bytes, without holes or overlaps. */
  readonly entries: readonly TensorEntry[];
  readonly metadata: Readonly<Record<string, string>>;
  /** Bytes before the first tensor: the length field and the header itself. */
  readonly dataOffset: number;
}

const defaultMaxHeaderBytes = 100_000_000;
const metadataName = '__metadata__';
const damaged = 'The file is damaged or not safetensors: fetch or write it again.';

/**
 * Reads the length of the header, the first eight bytes of a file.
 *
 * @param prefix - At least the first 8 bytes, or the whole file if it is shorter.
 * @param fileBytes - Length of the file.
 * @param source - What to call the file in an error.
 * @throws InvalidInput if the file is too short for its header, or the header larger than the limit.
 */
export function readHeaderLength(
  prefix: Uint8Array,
  fileBytes: number,
  source: string,
  limits: SafetensorsLimits = {},
): number {
  const { maxHeaderBytes = defaultMaxHeaderBytes } = limits;
  if (prefix.length < 8)
    throw invalidField(source, 'at least 8 bytes long', `${prefix.length} bytes`, damaged);
  const length = new DataView(prefix.buffer, prefix.byteOffset, 8).getBigUint64(0, true);
  if (length > BigInt(maxHeaderBytes)) {
    const remedy = 'Raise maxHeaderBytes if you trust the file; else it is damaged or not safetensors.';
    throw invalidField(`${source}: header length`, `at most ${maxHeaderBytes} bytes`, length, remedy);
  }
  if (Number(length) > fileBytes - 8) {
    throw invalidField(`${source}: header length`, `within the file (${fileBytes} bytes)`, length, damaged);
  }
  return Number(length);
}

/**
 * Parses and checks a header against every rule of the format.
 *
 * @param bytes - The header alone, without the length field.
 * @param fileBytes - Length of the whole file.
 * @param source - What to call the file in an error.
 * @throws InvalidInput naming every fault: not JSON, names given twice, unknown types, lying shapes, holes, overlaps,
 * bytes missing or left over.
 */
export function parseHeader(bytes: Uint8Array, fileBytes: number, source: string): SafetensorsHeader {
  const record = parseRecord(bytes, source);
  const faults: string[] = [];
  const metadata = readMetadata(record[metadataName], faults);
  const entries: TensorEntry[] = [];
  for (const [name, value] of Object.entries(record)) {
    if (name === metadataName) continue;
    const entry = readEntry(name, value, faults);
    if (entry) entries.push(entry);
  }
  entries.sort((a, b) => a.begin - b.begin || a.end - b.end);
  const dataOffset = 8 + bytes.length;
  if (faults.length === 0) checkLayout(entries, fileBytes - dataOffset, faults);
  if (faults.length > 0) throw faultyParts(`${source} must have a valid header`, faults, damaged);
  return { entries, metadata, dataOffset };
}

function parseRecord(bytes: Uint8Array, source: string): Record<string, unknown> {
  if (bytes[0] !== 0x7b) {
    throw invalidField(
      `${source}: header`,
      "a JSON object that starts with '{'",
      `byte ${bytes[0]}`,
      damaged,
    );
  }
  let text: string;
  let record: Record<string, unknown>;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    record = JSON.parse(text) as Record<string, unknown>;
  } catch (cause) {
    const reason = cause instanceof SyntaxError ? cause.message : 'bytes that are not UTF-8';
    throw unusable(`${source}: header must be JSON in UTF-8; received ${reason}. ${damaged}`, {
      cause,
    });
  }
  const twice = duplicateNames(text);
  if (twice.length > 0) {
    throw invalidField(`${source}: names of the header`, 'different', `${twice.join(', ')} twice`, damaged);
  }
  return record;
}

function readMetadata(value: unknown, faults: string[]): Record<string, string> {
  if (value === undefined) return {};
  if (isRecord(value) && Object.values(value).every((text) => typeof text === 'string')) {
    return value as Record<string, string>;
  }
  faults.push(`${metadataName} must map names to strings; received ${shorten(value)}`);
  return {};
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
const isCounts = (value: unknown): value is number[] => Array.isArray(value) && value.every(isCount);

function shorten(value: unknown): string {
  let text: string;
  try {
    text = JSON.stringify(value) ?? 'undefined';
  } catch {
    return 'something nested too deeply'; // a hostile file can overflow the stack here
  }
  return text.length > 80 ? `${text.slice(0, 77)}…` : text;
}

function readEntry(name: string, value: unknown, faults: string[]): TensorEntry | undefined {
  if (!isRecord(value)) {
    faults.push(`${name} must be an object with dtype, shape and data_offsets; received ${shorten(value)}`);
    return undefined;
  }
  const { dtype, shape, data_offsets: offsets } = value;
  const before = faults.length;
  if (!isDtype(dtype)) faults.push(`${name}: dtype must be known; received ${shorten(dtype)}`);
  if (!isCounts(shape))
    faults.push(`${name}: shape must be a list of integers >= 0; received ${shorten(shape)}`);
  if (!isCounts(offsets) || offsets.length !== 2 || offsets[0]! > offsets[1]!) {
    faults.push(`${name}: data_offsets must be [begin, end] with begin <= end; received ${shorten(offsets)}`);
  }
  if (faults.length > before || !isDtype(dtype) || !isCounts(shape) || !isCounts(offsets)) return undefined;
  const [begin, end] = offsets as [number, number];
  const bytes = byteSize(dtype, shape);
  if (bytes !== end - begin) {
    const size = bytes === undefined ? 'more bytes than can be counted' : `${bytes} bytes`;
    faults.push(`${name}: ${dtype} [${shape}] takes ${size}; received data_offsets that span ${end - begin}`);
    return undefined;
  }
  return { name, dtype, shape, begin, end };
}

/** Bytes of a tensor; undefined where a partial product leaves the range of exact integers. */
export function byteSize(dtype: SafetensorsDtype, shape: readonly number[]): number | undefined {
  let bytes = bytesPerElement(dtype);
  for (const length of shape) {
    bytes *= length;
    if (!Number.isSafeInteger(bytes)) return undefined;
  }
  return bytes;
}

function checkLayout(entries: readonly TensorEntry[], dataBytes: number, faults: string[]): void {
  let position = 0;
  for (const { name, begin, end } of entries) {
    if (begin !== position) {
      const kind = begin > position ? 'leaves a hole' : 'overlaps the tensor before it';
      faults.push(`${name}: data must begin at byte ${position}; received ${begin}, which ${kind}`);
      return;
    }
    position = end;
  }
  if (position < dataBytes) faults.push(`${dataBytes - position} bytes must not follow the last tensor`);
  if (position > dataBytes)
    faults.push(`the tensors take ${position} bytes; received a file with ${dataBytes}`);
}

/** One error about several faulty parts of one thing; a single fault stays one line. */
export function faultyParts(what: string, faults: readonly string[], remedy: string): InvalidInput {
  const lines = limitLines(faults).map((fault) => `\n  - ${fault}`);
  return unusable(`${what};${faults.length === 1 ? ` ${faults[0]}` : lines.join('')}\n${remedy}`);
}
