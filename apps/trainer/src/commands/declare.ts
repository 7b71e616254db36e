import { Command, InvalidArgumentError, Option } from 'commander';

/** An option that is more than a flag or a text of its own. */
interface OptionKind {
  readonly description: string;
  /** Its value where it is left out. */
  readonly usual?: unknown;
  /** Makes a value of what is typed, and of the value before where it is typed again. */
  parse?(text: string, before: unknown): unknown;
  /** The words to choose from. */
  readonly words?: readonly string[];
  readonly required?: boolean;
  readonly hidden?: boolean;
}

type OptionWords = string | readonly [description: string, usual: string] | OptionKind;

/** A command, told as data. */
export interface CommandWords {
  readonly description: string;
  /** What stands for each argument, e.g. `<run>`, and what it is. */
  readonly arguments?: Readonly<Record<string, string>>;
  /** Options by their flags: a description, perhaps with the usual value of a text, or more. */
  readonly options?: Readonly<Record<string, OptionWords>>;
  /** Command lines without the program's name. */
  readonly examples?: readonly string[];
  /** Put before the examples and after them. */
  readonly notes?: { readonly before?: string; readonly after?: string };
  /** What runs it, of its arguments and options; loaded when it is asked for, as engine and charts take a second that `--help` should not. */
  readonly load?: () => Promise<Parameters<Command['action']>[0]>;
}

/** What begins every command line. */
export const programName = 'npx @m3ae/trainer';

/** The options of most commands that print. */
export const printing = {
  '--quiet': 'print nothing but errors',
  '--json': 'print one JSON object a line',
} as const;

/** An option that may be repeated, and gathers its values. */
export const repeated = (description: string): OptionKind => ({
  description: `${description}; may be repeated`,
  usual: [],
  parse: (text: string, before: string[]) => [...before, text],
});

/** The option that changes a config. */
export const settings = { '--set <path=value>': repeated('change one setting') } as const;

/** An option that is one of some words. */
export const oneOf = (words: readonly string[], description: string, usual?: string): OptionKind => ({
  description,
  usual,
  words,
});

/** Reads a whole number from 1 to `most`. */
export const wholeUpTo = (most: number) => (text: string) => {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= most) return value;
  throw new InvalidArgumentError(`It must be an integer from 1 to ${most}.`);
};

/** An option that is a whole number from 1 to `most`. */
export const upTo = (most: number, description: string, usual?: number): OptionKind => ({
  description,
  usual,
  parse: wholeUpTo(most),
});

function optionOf(flags: string, given: OptionWords): Option {
  if (typeof given === 'string') return new Option(flags, given);
  if (!('description' in given)) return new Option(flags, given[0]).default(given[1]);
  const { description, usual, words, required = false, hidden = false } = given;
  const option = new Option(flags, description).makeOptionMandatory(required).hideHelp(hidden);
  if (words) option.choices([...words]);
  if (given.parse) option.argParser(given.parse);
  return usual === undefined ? option : option.default(usual);
}

/** Examples, and what is said beside them, after the options in the help. */
function helpOf({ examples = [], notes = {} }: CommandWords): string {
  const lines = examples.map((line) => `  $ ${programName} ${line}`);
  const title = examples.length > 1 ? 'Examples:' : 'Example:';
  const parts = [notes.before, lines.length > 0 && [title, ...lines].join('\n'), notes.after];
  return parts.flatMap((part) => (part ? [`\n${part}`] : [])).join('\n');
}

/** A command of the program. */
export function declare(name: string, words: CommandWords): Command {
  const { description, arguments: needed = {}, options = {}, load } = words;
  const command = new Command(name).description(description).addHelpText('after', helpOf(words));
  Object.entries(needed).forEach(([flags, text]) => command.argument(flags, text));
  Object.entries(options).forEach(([flags, given]) => command.addOption(optionOf(flags, given)));
  return load ? command.action(async (...given) => (await load()).apply(command, given)) : command;
}
