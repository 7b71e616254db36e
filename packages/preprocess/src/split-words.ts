import { CharacterClass, characterClasses } from './character-classes.js';

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
