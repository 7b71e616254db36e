import { invalidField } from '@m3ae/errors';

const remedy = 'The file is damaged: fetch it again.';

/** An integer as a number where it is exact, else a bigint. */
export function exact(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

/** A length or place that no file has beyond 2^53. */
export function wholeNumber(value: bigint, where: string): number {
  const number = exact(value);
  if (typeof number === 'number') return number;
  throw invalidField(where, 'a length within the file', value, remedy);
}

/** A line of digits that is a place in the memo. */
export function integerLine(line: string, where: string): number {
  if (/^\d{1,15}$/.test(line)) return Number(line);
  throw invalidField(where, 'a whole number', line.slice(0, 40), remedy);
}

/** A line of digits; Python allows any number of them, a checkpoint needs few. */
export function longLine(line: string, where: string): number | bigint {
  if (/^[+-]?\d{1,2500}$/.test(line)) return exact(BigInt(line.replace('+', '')));
  throw invalidField(where, 'a whole number', line.slice(0, 40), remedy);
}

/** A line as Python's `repr` writes a float. */
export function floatLine(line: string, where: string): number {
  const special: Readonly<Record<string, number>> = { inf: Infinity, '-inf': -Infinity, nan: NaN };
  const value = special[line] ?? (/^[-+]?[\d.]+(e[-+]?\d+)?$/i.test(line) ? Number(line) : undefined);
  if (value !== undefined && (!Number.isNaN(value) || line === 'nan')) return value;
  throw invalidField(where, 'a number', line.slice(0, 40), remedy);
}

/** A little-endian integer in two's complement; empty is 0. */
export function longOf(bytes: DataView, where: string): number | bigint {
  if (bytes.byteLength > 1024)
    throw invalidField(where, 'an integer of at most 1,024 bytes', bytes.byteLength, remedy);
  let digits = '';
  for (let at = bytes.byteLength - 1; at >= 0; at--)
    digits += bytes.getUint8(at).toString(16).padStart(2, '0');
  return digits === '' ? 0 : exact(BigInt.asIntN(8 * bytes.byteLength, BigInt(`0x${digits}`)));
}
