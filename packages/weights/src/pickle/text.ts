import { invalidField } from '@m3ae/errors';

const utf8 = new TextDecoder();

/** Text in UTF-8, as all but the oldest pickles have it. */
export function utf8Text(bytes: Uint8Array): string {
  return utf8.decode(bytes);
}

/** A letter a byte; `TextDecoder('latin1')` is another encoding. */
export function latin1Text(bytes: Uint8Array): string {
  let text = '';
  for (let begin = 0; begin < bytes.length; begin += 8192) {
    text += String.fromCharCode(...bytes.subarray(begin, begin + 8192));
  }
  return text;
}

/** A byte a letter; the text holds no other than U+0000 to U+00FF. */
export function latin1Bytes(text: string): Uint8Array {
  return Uint8Array.from({ length: text.length }, (_, at) => text.charCodeAt(at));
}

/** Whether every letter of a text is a byte. */
export function isLatin1(text: string): boolean {
  for (let at = 0; at < text.length; at++) if (text.charCodeAt(at) > 0xff) return false;
  return true;
}

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
