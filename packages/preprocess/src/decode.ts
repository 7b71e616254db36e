/** Blanks that English does not write, as transformers removes them, in its order. */
const tidied: readonly (readonly [string, string])[] = [
  [' .', '.'],
  [' ?', '?'],
  [' !', '!'],
  [' ,', ','],
  [" ' ", "'"],
  [" n't", "n't"],
  [" 'm", "'m"],
  [" 's", "'s"],
  [" 've", "'ve"],
  [" 're", "'re"],
];

/** Joins pieces to a readable text: continuations without `##`, no blank before English punctuation. */
export function decodePieces(pieces: readonly string[]): string {
  let text = pieces.join(' ').replaceAll(' ##', '').trim();
  for (const [apart, together] of tidied) text = text.replaceAll(apart, together);
  return text;
}
