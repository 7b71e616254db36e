// The fenced blocks of code in Markdown files; used by the tests of the guides and by write-programs.mjs.
import { readFileSync } from 'node:fs';

/** Every fenced block of a Markdown file, with the nearest heading above it. */
export function codeBlocks(path) {
  const blocks = [];
  let heading = '';
  let open;
  for (const line of readFileSync(path, 'utf8').split('\n')) {
    if (open === undefined) {
      if (line.startsWith('#')) heading = line.replace(/^#+ /, '');
      if (line.startsWith('```')) open = { language: line.slice(3).trim(), lines: [] };
    } else if (line.startsWith('```')) {
      blocks.push({ heading, language: open.language, code: `${open.lines.join('\n')}\n` });
      open = undefined;
    } else open.lines.push(line);
  }
  return blocks;
}
