import { readWholeJson, writeWholeJson } from '@m3ae/checkpoint/files';
import { runPaths } from './run-folder.js';

/** A command line that trained a run, from its beginning or from a checkpoint. */
export interface LoggedCommand {
  /** As a shell takes it, e.g. `npx @m3ae/trainer pretrain my-run.ts --out 'runs/a b'`. */
  readonly command: string;
  /** Folder that its paths start from. */
  readonly folder: string;
  /** When it began, in UTC, e.g. `2026-01-31T12:00:00Z`. */
  readonly date: string;
  /** Of the sources that it ran from, with `+` where they had been changed; null for an installed package. */
  readonly commit: string | null;
}

/** Values of options by name; undefined ones were not given. */
export type CommandOptions = Readonly<
  Record<string, string | number | boolean | readonly (string | number)[] | undefined>
>;

/** `{ seed: 1, set: ['a=1', 'b=2'], quiet: true }` as `--seed 1 --set a=1 --set b=2 --quiet`. */
export function optionArguments(options: CommandOptions): string[] {
  return Object.entries(options).flatMap(([name, value]) => {
    const flag = `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
    if (value === undefined || typeof value === 'boolean') return value ? [flag] : [];
    return (Array.isArray(value) ? value : [value]).flatMap((one) => [flag, String(one)]);
  });
}

/** An argument as a shell takes it: quoted where it holds more than plain characters. */
function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/**
 * A whole command line, ready to be pasted into a shell.
 *
 * @param words - The program and its arguments, e.g. `['npx', '@m3ae/trainer', 'pretrain', 'my-run.ts']`.
 */
export function commandLine(words: readonly string[], options: CommandOptions): string {
  return [...words, ...optionArguments(options)].map(shellWord).join(' ');
}

/** Reads the command lines that a run was trained with; empty for one of an earlier version. */
export function readCommands(folder: string): readonly LoggedCommand[] {
  const commands = readWholeJson(runPaths(folder).commands) as LoggedCommand[] | undefined; // written by logCommand
  return commands ?? []; // a report without them is better than none
}

/**
 * Adds a command line to those of a run.
 *
 * @param began - Seconds since 1970.
 */
export function logCommand(
  folder: string,
  { command, commit, began }: Pick<LoggedCommand, 'command' | 'commit'> & { readonly began: number },
): void {
  const date = `${new Date(1000 * began).toISOString().slice(0, 19)}Z`;
  const logged = { command, folder: process.cwd(), date, commit };
  writeWholeJson(runPaths(folder).commands, [...readCommands(folder), logged]);
}
