import { existsSync, realpathSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { invalidField, throwFaults } from '@m3ae/errors';
import type { Progress } from '@m3ae/logging';
import { runPaths } from '@m3ae/runs';
import type { TrainerConfig } from '../config/schema.js';
import type { StepConfig } from './step-config.js';
import { tooLittleRate } from './learning-check.js';
import { checkMemory } from './memory-check.js';

/**
 * Looks at a run as a whole before anything is trained: warns where memory may be short, or where the learning rate over all steps
 * cannot be enough.
 *
 * @throws InvalidInput if the machine has far too little memory.
 */
export function checkBeforeTraining(
  config: TrainerConfig,
  { model, schedule }: StepConfig,
  progress: Progress,
): void {
  const { fault, warning } = checkMemory(config, model);
  throwFaults([fault]);
  for (const sentence of [warning, tooLittleRate(config, schedule)]) {
    if (sentence !== undefined) progress.say(sentence);
  }
}

/** Where a path leads, whatever links are on its way; what is not there yet lies in the nearest folder that is. */
function realPlace(path: string): string {
  const whole = resolve(path);
  const parent = dirname(whole);
  if (existsSync(whole) || parent === whole) return realpathSync(whole);
  return join(realPlace(parent), basename(whole));
}

/**
 * Refuses a new run folder among the pictures of a folder: those of its report would be read as data the next time.
 *
 * @throws InvalidInput
 */
export function requireOutsideOfData(folder: string, { data: { source, extra } }: TrainerConfig): void {
  if (existsSync(runPaths(folder).config)) return;
  const isWithin = (path: string, place: string) => {
    const way = relative(path, place);
    return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
  };
  const place = realPlace(folder);
  const around = [source, ...extra].find(
    (each) =>
      each.kind === 'folder' &&
      (isWithin(realPlace(each.path), place) || (each.followLinks && isWithin(each.path, folder))),
  );
  if (around?.kind !== 'folder') return;
  const rule = `outside of ${around.path}, whose pictures are read`;
  throw invalidField('--out', rule, folder, 'Choose another folder, e.g. with --out.');
}
