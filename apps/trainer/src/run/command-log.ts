import { existsSync, readFileSync } from 'node:fs';
import { commitOf } from './commit.js';
import { runPaths } from './run-folder.js';
import { writeJson } from './whole-files.js';

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
type Options = Readonly<Record<string, string | number | boolean | readonly (string | number)[] | undefined>>;

/** `{ seed: 1, set: ['a=1', 'b=2'], quiet: true }` as `--seed 1 --set a=1 --set b=2 --quiet`. */
export function optionArguments(options: Options): string[] {
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

/** The whole command line of a command, ready to be pasted into a shell. */
export function commandLine(name: string, target: string, options: Options): string {
  return ['npx', '@m3ae/trainer', name, target, ...optionArguments(options)].map(shellWord).join(' ');
}

/** Reads the command lines that a run was trained with; empty for one of an earlier version. */
export function readCommands(folder: string): readonly LoggedCommand[] {
  const path = runPaths(folder).commands;
  if (!existsSync(path)) return [];
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as LoggedCommand[];
  } catch {
    return []; // a report without them is better than none
  }
}

/**
 * Adds a command line to those of a run.
 *
 * @param now - Seconds since 1970.
 */
export function logCommand(folder: string, command: string, now: number): void {
  const date = `${new Date(1000 * now).toISOString().slice(0, 19)}Z`;
  const logged = { command, folder: process.cwd(), date, commit: commitOf(process.argv[1]!) };
  writeJson(runPaths(folder).commands, [...readCommands(folder), logged]);
}
