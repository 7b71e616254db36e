import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { cpus } from 'node:os';

/** Node and the machine's kind, on which a run's numbers depend. */
export interface MachineVersions {
  /** E.g. `22.11.0`. */
  readonly node: string;
  /** E.g. `linux x64`. */
  readonly platform: string;
  /** Its model and how many there are, e.g. `AMD EPYC 9V74 × 2`. */
  readonly cpu: string;
}

/** Node and the kind of this machine, for a run's record. */
export function machineVersions(): MachineVersions {
  return {
    node: process.versions.node,
    platform: `${process.platform} ${process.arch}`,
    cpu: `${cpus()[0]?.model.trim() ?? 'unknown'} × ${cpus().length}`,
  };
}

/**
 * The version of an installed package, as a module finds it.
 *
 * @param from - The module, a path or a `file:` address, e.g. `import.meta.url`.
 * @returns `unknown` where it is not found.
 */
export function installedVersion(name: string, from: string): string {
  try {
    const file = createRequire(from).resolve(`${name}/package.json`);
    return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
  } catch {
    return 'unknown';
  }
}
