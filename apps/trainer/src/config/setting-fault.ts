import type { Fault } from '@m3ae/errors';

/** Shows a received value in one line, cut when long. */
export function show(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (typeof value === 'function') return 'a function';
  if (typeof value === 'number' || typeof value === 'bigint') return String(value);
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

/** A fault of one setting; what came is shown as it is written in a config. */
export function settingFault(path: string, rule: string, received: unknown, remedy: string): Fault {
  return { path, rule, received: show(received), remedy };
}
