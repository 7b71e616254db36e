import { faultOf, invalidField, isRecord, throwFaults } from '@m3ae/errors';

/** A table of byte pairs; plain data, so that it can go to a worker thread and into a file as JSON. */
export interface BytePairs {
  /** Pieces by id: [vocabSize]. Bytes are written as visible characters, and `</w>` ends a word. */
  readonly pieces: readonly string[];
  /** Pairs of pieces that are joined, with a blank between them; the first ones first. */
  readonly merges: readonly string[];
}

/** What begins and what ends a text, as transformers names them. */
export const edgePieces = ['<|startoftext|>', '<|endoftext|>'] as const;

/** Pairs that CLIP takes of its file, which lists more. */
const clipMerges = 49_152 - 256 - 2;

const remedy = 'Take the file that belongs to the weights.';

/** Each of the 256 bytes as a character that can be seen; those that cannot be are moved behind them. */
function visibleBytes(): string[] {
  const isVisible = (byte: number) =>
    (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174;
  const all = Array.from({ length: 256 }, (_, byte) => byte);
  const hidden = all.filter((byte) => !isVisible(byte)).map((_, at) => 256 + at);
  return [...all.filter(isVisible), ...hidden].map((code) => String.fromCharCode(code));
}

/**
 * The table in the text of `bpe_simple_vocab_16e6.txt`, which OpenAI's CLIP and open_clip carry compressed.
 *
 * @throws InvalidInput if it is another file.
 */
export function bytePairsOfMerges(text: string): BytePairs {
  const merges = mergeLines(text).slice(0, clipMerges);
  const bytes = visibleBytes();
  const joined = merges.map((pair) => pair.replace(' ', ''));
  return checked({
    pieces: [...bytes, ...bytes.map((byte) => `${byte}</w>`), ...joined, ...edgePieces],
    merges,
  });
}

/**
 * The table in `vocab.json` and `merges.txt`, as transformers kept CLIP's tokenizer.
 *
 * @param vocabulary - The first, parsed.
 * @throws InvalidInput if they are other files.
 */
export function bytePairsOfVocabulary(vocabulary: unknown, merges: string): BytePairs {
  return checked({ pieces: inOrder(vocabulary), merges: mergeLines(merges) });
}

/**
 * The table in `tokenizer.json`, as transformers keeps CLIP's tokenizer.
 *
 * @param tokenizer - The file, parsed.
 * @throws InvalidInput if it is of a tokenizer of another kind, which is named.
 */
export function bytePairsOfTokenizer(tokenizer: unknown): BytePairs {
  const model: unknown = isRecord(tokenizer) ? tokenizer.model : undefined;
  if (!isRecord(model) || model.type !== 'BPE' || model.end_of_word_suffix !== '</w>') {
    const received = isRecord(model) ? model.type : undefined;
    throw invalidField('model', 'of type BPE with words that end in </w>, as CLIP has it', received, remedy);
  }
  const merges: unknown = model.merges;
  if (!Array.isArray(merges)) throw invalidField('model.merges', 'a list of pairs', merges, remedy);
  const pairs = merges.map((pair: unknown) => (Array.isArray(pair) ? pair.join(' ') : String(pair)));
  return checked({ pieces: inOrder(model.vocab), merges: pairs });
}

/** The pairs of a file, which begins with its version. */
function mergeLines(text: string): string[] {
  const [head, ...lines] = text.split(/\r?\n/);
  if (!/^["#].*version/.test(head!)) throw invalidField('merges', 'a list under its version', head, remedy);
  return lines.filter((line) => line !== '');
}

/** Pieces by id, of ids by piece. */
function inOrder(vocabulary: unknown): string[] {
  const entries = isRecord(vocabulary) ? Object.entries(vocabulary) : [];
  const pieces = new Array<string>(entries.length);
  for (const [piece, id] of entries) pieces[id as number] = piece;
  if (
    entries.length > 0 &&
    pieces.length === entries.length &&
    pieces.every((_, id) => pieces[id] !== undefined)
  )
    return pieces;
  throw invalidField('vocabulary', 'a piece for each id from 0 on', `${entries.length} pieces`, remedy);
}

/** @throws InvalidInput naming each fault of a table. */
export function checked(pairs: BytePairs): BytePairs {
  const { pieces, merges } = pairs;
  const known = new Set(pieces);
  const lacking = [...visibleBytes().flatMap((byte) => [byte, `${byte}</w>`]), ...edgePieces].filter(
    (piece) => !known.has(piece),
  );
  const strange = merges.find((pair) => !/^\S+ \S+$/.test(pair) || !known.has(pair.replace(' ', '')));
  throwFaults([
    lacking.length > 0 &&
      faultOf(
        'pieces',
        'every byte, alone and at the end of a word, start and end',
        `none ${lacking[0]!}`,
        remedy,
      ),
    strange !== undefined && faultOf('merges', 'pairs of pieces that join to a piece', strange, remedy),
  ]);
  return pairs;
}
