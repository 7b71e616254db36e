/** A value of a JSON text that is read piece by piece. */
export interface JsonItem {
  /** The member of the outermost object that it is, or whose list holds it; undefined for an item of an outermost list. */
  readonly member: string | undefined;
  /** Its number in its list, from 1; absent where it stands in none. */
  readonly number?: number;
  readonly value: unknown;
}

/** What is told while JSON is read. */
interface JsonListener {
  /** A member of the outermost object begins that is a list. */
  onList?(member: string): void;
  onItem(item: JsonItem): void;
}

/** Reads JSON that may be larger than memory: a list, or an object whose members are lists. */
interface JsonScanner {
  /**
   * Takes the next piece of the text.
   *
   * @throws SyntaxError if the text is no such JSON, or an item has more than 16 MB or 256 levels.
   */
  push(piece: string): void;
  /** Whether the outermost list or object is closed. */
  isWhole(): boolean;
  /**
   * To be called after the last piece.
   *
   * @throws SyntaxError if the text is not whole.
   */
  finish(): void;
}

const longestItem = 1 << 24;
const deepestItem = 256;
/** What may come next: the outermost bracket, a value or key, the same or a closing bracket, a colon, a comma, nothing. */
type Expected = 'start' | 'next' | 'first' | 'colon' | 'member' | 'comma' | 'end';

/** A {@link JsonScanner}. It finds where items end; `JSON.parse` reads each of them. */
export function createJsonScanner({ onList, onItem }: JsonListener): JsonScanner {
  let text = ''; // what is not done yet
  let expected: Expected = 'start';
  let outermost: '[' | '{' | undefined;
  let member: string | undefined;
  let inList = false; // of items, the outermost or that of a member
  let number = 0;
  // Of the value that is open:
  let [start, depth, inString, isEscaped] = [-1, 0, false, false];

  const place = (): string => {
    if (expected === 'start' || expected === 'end') return 'the text';
    const list = member === undefined ? '' : ` of ${JSON.stringify(member.slice(0, 40))}`;
    if (inList) return `item ${number + 1}${list}`;
    return member === undefined ? 'the outermost object' : `the value${list}`;
  };
  const fail = (what: string): never => {
    throw new SyntaxError(`${place()} ${what}`);
  };

  /** Takes what stands from `start` on as a value or as the key of a member. */
  const take = (end: number): void => {
    let value: unknown;
    try {
      value = JSON.parse(text.slice(start, end));
    } catch (error) {
      fail(`cannot be read: ${(error as SyntaxError).message}`); // all that JSON.parse throws
    }
    start = -1;
    if (inList) {
      expected = 'comma';
      onItem({ member, number: ++number, value });
    } else if (expected === 'member') {
      onItem({ member, value });
      [member, expected] = [undefined, 'comma'];
    } else if (typeof value === 'string') [member, expected] = [value, 'colon'];
    else fail('must have a name in quotes before each value');
  };

  /** Whether the value that is open ends before a character, with it, or neither. */
  const endsAt = (code: number): 'before' | 'with' | undefined => {
    if (inString) {
      if (isEscaped) isEscaped = false;
      else if (code === backslash) isEscaped = true;
      else if (code === quote) inString = false;
      return inString || depth > 0 ? undefined : 'with';
    }
    if (code === quote) inString = true;
    else if (code === openBrace || code === openBracket) {
      if (++depth > deepestItem) fail(`is nested deeper than ${deepestItem} levels`);
    } else if (code === closeBrace || code === closeBracket) {
      if (depth === 0) return 'before';
      if (--depth === 0) return 'with';
    } else if (depth === 0 && (code === comma || code === colon || isSpace(code))) return 'before';
    return undefined;
  };

  /** A character between values; whether one begins with it. */
  const between = (code: number): boolean => {
    if (isSpace(code)) return false;
    if (expected === 'start' && (code === openBracket || code === openBrace)) {
      outermost = code === openBracket ? '[' : '{';
      [inList, expected] = [outermost === '[', 'first'];
    } else if (expected === 'colon' && code === colon) expected = 'member';
    else if (expected === 'comma' && code === comma) expected = 'next';
    else if (expected === 'member' && code === openBracket) {
      [inList, number, expected] = [true, 0, 'first'];
      onList?.(member!);
    } else if (
      (expected === 'comma' || expected === 'first') &&
      code === (inList ? closeBracket : closeBrace)
    )
      close();
    else if (expected === 'next' || expected === 'first' || expected === 'member') return true;
    else fail(`${wanted[expected]}; it has ${JSON.stringify(String.fromCharCode(code))}`);
    return false;
  };

  const close = (): void => {
    const isOutermost = !inList || outermost === '[';
    [inList, member, expected] = [false, undefined, isOutermost ? 'end' : 'comma'];
  };

  return {
    push(piece) {
      let at = text.length;
      text += piece;
      while (at < text.length) {
        const code = text.charCodeAt(at);
        if (start < 0) {
          if (between(code)) [start, depth] = [at, 0];
          else at++;
          continue;
        }
        const end = endsAt(code);
        if (end !== 'before') at++; // what ends a value may close a list, too
        if (end !== undefined) take(at);
      }
      if (start > 0) [text, start] = [text.slice(start), 0];
      else if (start < 0) text = '';
      if (text.length > longestItem) fail(`is longer than ${longestItem >> 20} MB`);
    },
    isWhole: () => expected === 'end',
    finish() {
      if (expected !== 'end') fail('is not whole: the file ends in it');
    },
  };
}

const wanted = {
  start: 'must begin with a list or an object',
  colon: 'must have a colon after its name',
  comma: 'must have a comma or a closing bracket before it',
  end: 'must be the last: nothing may follow it',
} as const;

const quote = 0x22;
const comma = 0x2c;
const colon = 0x3a;
const openBracket = 0x5b;
const backslash = 0x5c;
const closeBracket = 0x5d;
const openBrace = 0x7b;
const closeBrace = 0x7d;
const isSpace = (code: number): boolean => code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;
