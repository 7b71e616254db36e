/** A fenced block of code in a page. */
export interface CodeBlock {
  /** The nearest heading above it. */
  readonly heading: string;
  /** What stands after the opening fence. */
  readonly language: string;
  readonly code: string;
}

/** Every fenced block of a Markdown file. */
export function codeBlocks(path: string): CodeBlock[];
