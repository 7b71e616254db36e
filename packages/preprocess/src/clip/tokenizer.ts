import { requireList, requirePositiveInteger, requireRecord } from '@m3ae/errors';
import { Tokenizer as BytePairEncoder } from '@huggingface/tokenizers';
import { decodeHTML } from 'entities';
import { padded, type PaddedText, piecesOf, requireString } from '../word-pieces.js';
import type { Tokenizer } from '../tokenizer.js';
import { type BytePairs, checked, edgePieces } from './byte-pairs.js';

/** Ligatures of Latin letters, and letters as wide as ideographs: each has a plain form of the same meaning. */
const wideLetters = /[\u0132\u0133\u0149\u01c4-\u01cc\u01f1-\u01f3\u3000\ufb00-\ufb06\uff01-\uffef]/g;
// oxlint-disable-next-line no-control-regex -- it removes them
const terminalColors = /\u001b\[[\d;]*[a-zA-Z]/g;
/** Characters that no text means: controls but blanks, a byte-order mark, places of objects. */
// oxlint-disable-next-line no-control-regex -- it removes them
const controls = /[\u0000-\u0008\u000b\u000e-\u001f\u007f\u206a-\u206f\ufeff\ufff9-\ufffc]/g;

/**
 * A text as CLIP was trained on it: entities of HTML decoded twice, curly quotes and wide letters made plain, controls
 * removed, composed (NFC), blanks joined, in lower case.
 *
 * Letters that went through a wrong encoding, such as `Ã©` for `é`, are left as they are; the original repairs most.
 *
 * @see OpenAI's CLIP, clip/simple_tokenizer.py, `basic_clean` and `whitespace_clean`, and `fix_text` of ftfy, which it calls
 */
export function cleanClipText(text: string): string {
  return decodeHTML(decodeHTML(text))
    .replace(wideLetters, (letter) => letter.normalize('NFKC'))
    .replace(/[\u02bc\u2018-\u201b]/g, "'")
    .replace(/[\u201c-\u201f]/g, '"')
    .replace(terminalColors, '')
    .replace(controls, '')
    .replace(/\p{Surrogate}/gu, '\ufffd')
    .normalize('NFC')
    .replace(/[\s\u0085]+/g, ' ')
    .trim()
    .toLowerCase();
}

/** What is a word: an English ending, letters, one digit, or anything else that is no blank. */
const words = "'s|'t|'re|'ve|'m|'ll|'d|[\\p{L}]+|[\\p{N}]|[^\\s\\p{L}\\p{N}]+";

/**
 * A table in the form of the `tokenizers` library, the content of transformers' `tokenizer.json` for CLIP. That one cleans a
 * text less than {@link cleanClipText} does: it composes, joins blanks and lowers.
 */
export function clipTokenizerJson({ pieces, merges }: BytePairs) {
  const [start, end] = edgePieces.map((content) => ({ content, id: pieces.indexOf(content) }));
  const marks = { single_word: false, lstrip: false, rstrip: false, normalized: false, special: true };
  const split = { type: 'Split', pattern: { Regex: words }, behavior: 'Removed', invert: true };
  const byteLevel = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true };
  const blanks = { type: 'Replace', pattern: { Regex: '\\s+' }, content: ' ' };
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: [start!, end!].map((piece) => ({ ...piece, ...marks })),
    normalizer: { type: 'Sequence', normalizers: [{ type: 'NFC' }, blanks, { type: 'Lowercase' }] },
    pre_tokenizer: { type: 'Sequence', pretokenizers: [split, byteLevel] },
    post_processor: {
      type: 'RobertaProcessing',
      sep: [end!.content, end!.id],
      cls: [start!.content, start!.id],
      trim_offsets: false,
      add_prefix_space: false,
    },
    decoder: byteLevel,
    model: {
      type: 'BPE',
      unk_token: end!.content,
      continuing_subword_prefix: '',
      end_of_word_suffix: '</w>',
      vocab: Object.fromEntries(pieces.map((piece, id) => [piece, id])),
      merges,
    },
  };
}

/**
 * Makes CLIP's byte-pair tokenizer.
 *
 * `encode` gives the ids of the text alone; `encodePadded` puts the start before them and the end behind, which stays where a
 * text is cut, and pads with 0. Names of special pieces in a text are text. `unknownId` is that of the end, as in
 * transformers, and never given: every byte has a piece.
 *
 * @param pairs - From {@link bytePairsOfTokenizer}, {@link bytePairsOfVocabulary} or {@link bytePairsOfMerges}.
 * @throws InvalidInput if the table is damaged.
 *
 * @example
 * ```ts
 * const tokenizer = createClipTokenizer(bytePairsOfTokenizer(JSON.parse(await readFile('tokenizer.json', 'utf8'))));
 * tokenizer.encodePadded('a photo of a cat', 77); // tokenIds [77], paddingMask [77], 1 = padding
 * ```
 *
 * @see Radford et al., Learning Transferable Visual Models From Natural Language Supervision, section 2.4,
 * https://arxiv.org/abs/2103.00020; OpenAI's CLIP, clip/simple_tokenizer.py and `tokenize` of clip/clip.py
 */
export function createClipTokenizer(pairs: BytePairs): Tokenizer {
  requireRecord('pairs', pairs, 'pieces, merges', 'Read it with bytePairsOfTokenizer.');
  requireList('pairs.pieces', pairs.pieces, 'Read it with bytePairsOfTokenizer.');
  requireList('pairs.merges', pairs.merges, 'Read it with bytePairsOfTokenizer.');
  const { pieces: vocabulary } = checked(pairs);
  // The text is clean already, and names of special pieces in it are text.
  const encoder = new BytePairEncoder(
    { ...clipTokenizerJson(pairs), normalizer: null, added_tokens: [] },
    {},
  );
  const idOf = new Map(vocabulary.map((piece, id) => [piece, id]));
  const [startId, endId] = edgePieces.map((piece) => idOf.get(piece)!) as [number, number];

  function encode(text: string, limit = Infinity): number[] {
    requireString(text);
    const { ids } = encoder.encode(cleanClipText(text), { add_special_tokens: false });
    return ids.slice(0, limit);
  }

  function encodePadded(text: string, maxLength: number): PaddedText {
    requirePositiveInteger('maxLength', maxLength, 'CLIP reads 77.');
    const ids = [startId, ...encode(text), endId].slice(0, maxLength);
    ids[ids.length - 1] = endId;
    return padded(ids, maxLength, 0);
  }

  function decode(ids: ArrayLike<number>): string {
    piecesOf(vocabulary, ids);
    const inner = Array.from(ids).filter((id) => id !== startId && id !== endId);
    return inner.length === 0 ? '' : encoder.decode(inner, { clean_up_tokenization_spaces: false }).trim();
  }

  return {
    vocabulary,
    vocabSize: vocabulary.length,
    padId: 0,
    unknownId: endId,
    idOf: (piece) => idOf.get(piece),
    encode,
    encodePadded,
    pieces: (ids) => piecesOf(vocabulary, ids),
    decode,
  };
}
