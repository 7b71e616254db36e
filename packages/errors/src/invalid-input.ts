import { limitLines, listSome, pluralize } from './words.js';

/** One thing that is wrong with an input. */
export interface Fault {
  /** Where: the option, config path, file or tensor, e.g. `train.steps` or `captions.csv, line 12`. */
  readonly path: string;
  /** What it must be; ends the sentence "path must be …". */
  readonly rule: string;
  /** What came instead, as text. */
  readonly received: string;
  /** One sentence that says what to write instead. */
  readonly remedy: string;
  /** The whole sentence, where the four above do not make one. */
  readonly sentence?: string;
}

/** A path with one more name. */
export const within = (path: string, name: PropertyKey): string =>
  [path, String(name)].filter((part) => part !== '').join('.');

/** The faults of a part as those of the whole: with the path of the part before theirs. */
export const prefixed = (path: string, faults: readonly Fault[]): Fault[] =>
  faults.map((fault) => ({ ...fault, path: within(path, fault.path) }));

/** The sentence of one fault: `maskRatio must be in [0, 1); received 75. Write three quarters as 0.75, not 75.` */
export function sentenceOf({ path, rule, received, remedy, sentence }: Fault): string {
  return sentence ?? `${path} must be ${rule}; received ${received}. ${remedy}`;
}

/**
 * Bad input from a person: an option, a config, a file, a tensor, data.
 *
 * It is a `RangeError`, so code that knows nothing of this package can catch it as one. Across copies of this package
 * (`import` beside `require`) use `isInvalidInput` instead of `instanceof`.
 */
export class InvalidInput extends RangeError {
  override readonly name = 'InvalidInput';
  /** Of what, where that stands once for all faults. */
  readonly head?: string;

  /**
   * @param faults - All that is wrong; at least one.
   * @param options - `head` says of what, e.g. `The folder photos cannot be used`; `cause` as for any error.
   */
  constructor(
    readonly faults: readonly Fault[],
    options: { readonly head?: string; readonly cause?: unknown } = {},
  ) {
    super(linesOf(faults, options.head), options.cause === undefined ? undefined : { cause: options.cause });
    this.head = options.head;
  }
}

/** Whether an error says that the input is bad, whichever copy of this package made it. */
export function isInvalidInput(error: unknown): error is InvalidInput {
  return (
    error instanceof Error && error.name === 'InvalidInput' && Array.isArray((error as InvalidInput).faults)
  );
}

/** One sentence a fault, each of which stands alone: with the head before it where there is one. */
export function sentencesOf({ faults, head }: InvalidInput): string[] {
  return faults.map((fault) => (head === undefined ? sentenceOf(fault) : `${head}: ${sentenceOf(fault)}`));
}

/**
 * An error in lines for a person: its only fault alone, or how many there are and each of the first 20.
 *
 * @example
 * ```ts
 * faultLines(error).forEach((line) => console.error(line));
 * ```
 */
export function faultLines(error: InvalidInput): string[] {
  const faults = sentencesOf(error);
  if (faults.length <= 1) return faults;
  return [`${pluralize(faults.length, 'fault')}:`, ...limitLines(faults).map((line) => `  - ${line}`)];
}

/** A line a fault, at most 20 of them, and a count of the others. */
function linesOf(faults: readonly Fault[], head?: string): string {
  const lines = limitLines(faults.map(sentenceOf));
  if (head === undefined) return lines.join('\n');
  return lines.length === 1 ? `${head}: ${lines[0]}` : `${head}:\n- ${lines.join('\n- ')}`;
}

/**
 * The error about one bad argument.
 *
 * @param received - What came, as {@link describe} shows it.
 *
 * @example
 * ```ts
 * throw invalidField('maskRatio', 'in [0, 1)', 75, 'Write three quarters as 0.75, not 75.');
 * ```
 */
export function invalidField(path: string, rule: string, received: unknown, remedy: string): InvalidInput {
  return new InvalidInput([faultOf(path, rule, received, remedy)]);
}

/**
 * The error about data, files or settings that is told in sentences of its own.
 *
 * @param sentences - One, or one a fault; each stands alone and says what to do.
 * @param options - `head` says of what; `cause` as for any error.
 *
 * @example
 * ```ts
 * throw unusable(`${file} cannot be decoded: it is empty.`);
 * ```
 */
export function unusable(
  sentences: string | readonly string[],
  options: { readonly head?: string; readonly cause?: unknown } = {},
): InvalidInput {
  const faults = (typeof sentences === 'string' ? [sentences] : sentences).map((sentence) => ({
    path: '',
    rule: '',
    received: '',
    remedy: '',
    sentence,
  }));
  return new InvalidInput(faults, options);
}

/** One {@link Fault}, to be collected with others. */
export function faultOf(path: string, rule: string, received: unknown, remedy: string): Fault {
  return { path, rule, received: describe(received), remedy };
}

/** A value as a message shows it: at most 200 letters, arrays cut after eight items; text in quotes where it looks like another value. */
export function describe(value: unknown): string {
  const text = textOf(value);
  return text.length <= 200 ? text : `${text.slice(0, 199)}…`;
}

/** Whether a text without quotes would be taken for a number, for a word of the language, or for nothing at all. */
const looksLikeAnother = (text: string): boolean =>
  !Number.isNaN(Number(text)) || /^\s*(NaN|true|false|null|undefined)\s*$/.test(text);

function textOf(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (typeof value === 'string') return looksLikeAnother(value) ? JSON.stringify(value) : value;
  if (typeof value === 'function') return `a function ${value.name}`.trim();
  if (ArrayBuffer.isView(value)) return `${value.constructor.name} of ${value.byteLength} bytes`;
  if (Array.isArray(value)) return `[${listSome(value.map(textOf), 8)}]`;
  if (typeof value !== 'object' || value === null) return String(value);
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return `an object with ${listSome(Object.keys(value), 8)}`;
  }
}
