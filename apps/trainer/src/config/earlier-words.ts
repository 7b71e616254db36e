import { isRecord } from '@m3ae/errors';

/**
 * Plain data of an earlier version with today's words: configs and records said `neighbours`, a number or several, and
 * `neighbourDistance`, a score.
 */
export function inTodaysWords(value: unknown): unknown {
  if (value === 'neighbourDistance') return 'neighborDistance';
  if (Array.isArray(value)) return value.map(inTodaysWords);
  if (!isRecord(value)) return value;
  const today = (name: string, inner: unknown) => {
    if (name === 'neighbourDistance') return 'neighborDistance';
    // A set of pictures may have this name too; what is measured of it is a record.
    return name === 'neighbours' && !isRecord(inner) ? 'neighbors' : name;
  };
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [today(name, inner), inTodaysWords(inner)]),
  );
}
