import { fileURLToPath } from 'node:url';

/**
 * The worker's script of this package, in the module format that is running.
 * From source (in tests) it is the built one, so build first.
 */
export function defaultWorkerFile(): string {
  const here = import.meta.url;
  if (here.endsWith('.ts')) return fileURLToPath(new URL('../../dist/worker.js', here));
  return fileURLToPath(new URL(here.endsWith('.cjs') ? './worker.cjs' : './worker.js', here));
}
