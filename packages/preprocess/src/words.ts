import { markRanges, otherRanges, punctuationRanges, spaceRanges } from './unicode-ranges.js';

/** What the tokenizer does with a character. */
const CharacterClass = {
  /** Belongs to a word. */
  word: 0,
  /** Is removed: control, format, unassigned, lone surrogate, U+0000, U+FFFD. */
  dropped: 1,
  /** Ends a word. */
  space: 2,
  /** Is a word of its own before accents are stripped. */
  ideograph: 3,
  /** Is removed once letters and accents are apart. */
  mark: 4,
  /** Is a word of its own. */
  punctuation: 5,
} as const;

/** First and last code points of the blocks that BERT takes as one word per character. */
const ideographs: readonly (readonly [number, number])[] = [
  [0x3400, 0x4dbf],
  [0x4e00, 0x9fff],
  [0xf900, 0xfaff],
  [0x20000, 0x2a6df],
  [0x2a700, 0x2ceaf],
  [0x2f800, 0x2fa1f],
];

function fillRanges(classes: Uint8Array, ranges: string, value: number): void {
  let code = 0;
  let inside = false;
  for (const run of ranges.split(' ')) {
    const end = code + Number.parseInt(run, 36);
    if (inside) classes.fill(value, code, end);
    code = end;
    inside = !inside;
  }
}

function buildClasses(): Uint8Array {
  const classes = new Uint8Array(0x110000);
  fillRanges(classes, otherRanges, CharacterClass.dropped);
  fillRanges(classes, spaceRanges, CharacterClass.space);
  fillRanges(classes, markRanges, CharacterClass.mark);
  fillRanges(classes, punctuationRanges, CharacterClass.punctuation);
  // Unassigned places inside these blocks stay dropped: the reference cleans before it looks for ideographs.
  for (const [first, last] of ideographs) {
    for (let code = first; code <= last; code++) {
      if (classes[code] === CharacterClass.word) classes[code] = CharacterClass.ideograph;
    }
  }
  for (let code = 33; code < 127; code++) {
    if (!/[0-9A-Za-z]/.test(String.fromCharCode(code))) classes[code] = CharacterClass.punctuation;
  }
  for (const code of [9, 10, 13]) classes[code] = CharacterClass.space;
  classes[0xfffd] = CharacterClass.dropped;
  return classes;
}

let built: Uint8Array | undefined;

/**
 * Class of every code point: [0x110000].
 *
 * The table is our own, and not the engine's `\p{…}`, because engines differ: a character that is new in their
 * Unicode version would be dropped by one and be a word to another. Built once, on first use.
 */
function characterClasses(): Uint8Array {
  built ??= buildClasses();
  return built;
}

/** Drops what is not text, puts blanks around ideographs, and lowers the rest. */
function clean(text: string, classes: Uint8Array): string {
  let cleaned = '';
  for (const character of text) {
    const kind = classes[character.codePointAt(0)!]!;
    if (kind === CharacterClass.dropped) continue;
    if (kind === CharacterClass.space) cleaned += ' ';
    else if (kind === CharacterClass.ideograph) cleaned += ` ${character} `;
    // One character at a time: lowering a whole word would turn the last sigma of a Greek word into another letter.
    else cleaned += character.toLowerCase();
  }
  return cleaned;
}

/** Strips accents and cuts at punctuation; appends to `words`. */
function splitPunctuation(word: string, classes: Uint8Array, words: string[]): void {
  let current = '';
  for (const character of word.normalize('NFD')) {
    const kind = classes[character.codePointAt(0)!]!;
    if (kind === CharacterClass.mark) continue;
    if (kind !== CharacterClass.punctuation) {
      current += character;
      continue;
    }
    if (current !== '') words.push(current);
    words.push(character);
    current = '';
  }
  if (current !== '') words.push(current);
}

/**
 * Lower-case words of a text, without accents; each mark of punctuation and each ideograph is a word.
 *
 * The first half of the reference tokenizer: its "basic" tokenizer with `do_lower_case`.
 */
export function splitWords(text: string): string[] {
  const classes = characterClasses();
  const words: string[] = [];
  for (const word of clean(text, classes).split(' ')) {
    if (word !== '') splitPunctuation(word, classes, words);
  }
  return words;
}
