import { decodeHTML } from 'entities';

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
