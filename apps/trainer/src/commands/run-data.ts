import { wallClock } from '../run/clock.js';
import { inspectData } from '../run/inspect-data.js';
import { createProgress } from '../run/progress.js';
import { requireWritableFile } from '../run/writable.js';
import { configOf } from './config-of.js';
import type { DataCommandOptions } from './data.js';

/** Runs `m3ae data`. */
export async function runData(path: string, options: DataCommandOptions): Promise<void> {
  const config = await configOf(path, options.set);
  requireWritableFile(options.sheet);
  const progress = createProgress({
    quiet: options.quiet ?? false,
    json: options.json ?? false,
    output: process.stdout,
    clock: wallClock,
  });
  await inspectData(config, options.sheet, progress);
}
