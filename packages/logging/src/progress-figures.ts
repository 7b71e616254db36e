import { duration } from '@m3ae/errors';
import type { MetricsLine } from './line-file.js';

/** What a person reads of a line, in this order. */
const losses = {
  loss: 'loss',
  imageLoss: 'picture',
  textLoss: 'text',
  unpairedTextLoss: 'text alone',
};

/** Those of a line that a person reads. */
export function lossesOf(line: MetricsLine): string {
  const shown = Object.entries(losses).flatMap(([name, word]) => {
    const value = line[name];
    return typeof value === 'number' ? [`${word} ${value.toFixed(3)}`] : [];
  });
  return shown.join('  ');
}

/** Rate over the last steps, so that a slow start is soon forgotten. */
export function createRate(clock: () => number): (step: number) => number {
  let times: { step: number; time: number }[] = [];
  return (step) => {
    if (times.length > 0 && step < times.at(-1)!.step) times = []; // another work
    times.push({ step, time: clock() });
    if (times.length > 50) times.shift();
    const first = times[0]!;
    const last = times.at(-1)!;
    return last.time > first.time ? (last.step - first.step) / (last.time - first.time) : 0;
  };
}

/** Rate of a part and what is left of it; nothing before both are known. */
export function partRate(perSecond: number, done: number, total: number): string {
  if (perSecond === 0 || done >= total) return '';
  const digits = perSecond < 10 ? 1 : 0;
  return `, ${perSecond.toFixed(digits)}/s, ${duration((total - done) / perSecond)} left`;
}

/** Seconds after which a part is told again, however little of it was done meanwhile. */
const longestSilence = 60;

/** Whether a part is to be told: when it begins, whenever another of `shares` equal shares is done, and at least once a minute. */
export function createPartDue(
  clock: () => number,
  shares: number,
): (name: string, done: number, total: number) => boolean {
  let lastMark = '';
  let lastTime = -Infinity;
  return (name, done, total) => {
    const mark = `${name} ${Math.floor((shares * done) / total)}`;
    if (mark === lastMark && clock() - lastTime < longestSilence) return false;
    [lastMark, lastTime] = [mark, clock()];
    return true;
  };
}
