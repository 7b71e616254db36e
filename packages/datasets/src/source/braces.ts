import { unusable } from '@m3ae/errors';

/** More paths than any data set has; a slip such as `{0..999999999}` ends here. */
const mostPaths = 100_000;

/** Writes out the first `{…}` of a pattern, then the others. */
export function expandBraces(pattern: string): string[] {
  const [whole, inner] = /\{([^{}]*(?:\.\.|,)[^{}]*)\}/.exec(pattern) ?? [];
  if (whole === undefined) return [pattern];
  const range = /^(\d+)\.\.(\d+)$/.exec(inner!);
  const parts = range ? countUp(range[1]!, range[2]!, pattern) : inner!.split(',');
  const names = parts.flatMap((part) => expandBraces(pattern.replace(whole, () => part)));
  if (names.length > mostPaths) throw tooMany(pattern, names.length);
  return names;
}

function countUp(first: string, last: string, pattern: string): string[] {
  const [low, high] = [Number(first), Number(last)];
  if (high < low) throw unusable(`${pattern} must count upwards. Write {${last}..${first}}.`);
  if (high - low >= mostPaths) throw tooMany(pattern, high - low + 1);
  const digits = first.startsWith('0') ? first.length : 1;
  return Array.from({ length: high - low + 1 }, (_, at) => String(low + at).padStart(digits, '0'));
}

function tooMany(pattern: string, count: number): Error {
  return unusable(`${pattern} stands for ${count} paths; at most ${mostPaths} are taken. Write a * instead.`);
}
