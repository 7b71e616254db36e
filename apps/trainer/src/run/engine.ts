import { createRunner, type Runner } from '@m3ae/compile';
import { unusable } from '@m3ae/errors';
import type { TrainerConfig } from '../config/schema.js';
import { warnOnStderr } from './warn.js';

/** What runs a pure function of tensors: a compiled graph, or a tfjs backend op by op. */
export const engines = ['compiled', 'eager:cpu', 'eager:wasm', 'eager:tensorflow'] as const;

/** One of {@link engines}. */
export type Engine = (typeof engines)[number];

/** @throws InvalidInput if the name is not one of {@link engines}. */
export function parseEngine(name: string): Engine {
  const found = engines.find((engine) => engine === name);
  if (found) return found;
  throw unusable([
    `--engine must be one of ${engines.join(', ')}; received ${name}. Leave it out for compiled.`,
  ]);
}

const told = new Set<string>();

/** One line a process, however many engines say it. */
function warnOnce(note: string): void {
  if (!told.has(note)) warnOnStderr(note);
  told.add(note);
}

/**
 * The engine that a config asks for.
 *
 * @param resident - Whether results stay on its device until they are read.
 */
export function engineOf({ train }: Pick<TrainerConfig, 'train'>, resident = false): Runner {
  const { backend = 'tensorflow', device, threads, precision, kernels } = train;
  const engine = train.engine === 'eager' ? (`eager:${backend}` as const) : train.engine;
  return createRunner({ engine, device, threads, precision, kernels, resident, onNote: warnOnce });
}

/** The engine for what is fitted to features, in float32 always: a search for a minimum does not come to rest in bf16. */
export const fittingEngineOf = ({ train }: Pick<TrainerConfig, 'train'>): Runner =>
  engineOf({ train: { ...train, precision: 'float32', kernels: 'exact' } });
