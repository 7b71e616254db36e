import { invalidField } from '@m3ae/errors';

const letters: Readonly<Record<string, string>> = {
  n: '\n',
  r: '\r',
  t: '\t',
  b: '\b',
  f: '\f',
  v: '\v',
  a: '\x07',
};

/** The text of a Python 2 literal: quotes around it, escapes within. */
export function unquoted(line: string, where: string): string {
  const quote = line[0];
  if (line.length < 2 || (quote !== "'" && quote !== '"') || !line.endsWith(quote)) {
    throw invalidField(where, 'a text in quotes', line.slice(0, 40), 'The file is damaged: fetch it again.');
  }
  return line.slice(1, -1).replace(/\\(x[0-9a-fA-F]{2}|[0-7]{1,3}|[^])/g, (_, escape: string) => {
    if (escape.startsWith('x')) return String.fromCharCode(parseInt(escape.slice(1), 16));
    if (/^[0-7]/.test(escape)) return String.fromCharCode(parseInt(escape, 8) & 0xff);
    return letters[escape] ?? (escape === '\n' ? '' : /['"\\]/.test(escape) ? escape : `\\${escape}`);
  });
}

/** Text whose letters beyond a byte are escaped: Python's raw-unicode-escape. */
export function unescaped(line: string): string {
  return line.replace(/\\u([0-9a-fA-F]{4})|\\U([0-9a-fA-F]{8})/g, (whole, short?: string, long?: string) => {
    const code = parseInt(short ?? long!, 16);
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}

const remedy = 'The file is damaged: fetch it again.';

/** An integer as a number where it is exact, else a bigint. */
function exact(value: bigint): number | bigint {
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
