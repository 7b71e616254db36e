import type { Fault } from '../invalid-input.js';

/**
 * A received value in one line, as JSON writes it, cut when long: for `show` of a style of faults, where settings come from a file.
 */
export function showSetting(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (typeof value === 'function') return 'a function';
  if (typeof value === 'number' || typeof value === 'bigint') return String(value);
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

/** A fault of one setting; what came is shown as it is written in a file of settings. */
export function settingFault(path: string, rule: string, received: unknown, remedy: string): Fault {
  return { path, rule, received: showSetting(received), remedy };
}
