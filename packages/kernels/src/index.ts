import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** The version that a library must say it has; {@link findKernels} does not ask it. */
export const kernelsVersion = '0.0.0';

const fileName = 'libm3ae_kernels.so';

/**
 * Where the library for this system and processor lies: built here (`npx @m3ae/kernels`), else in the package
 * `@m3ae/kernels-<system>-<processor>`.
 *
 * @returns A path, or undefined if there is none.
 *
 * @example
 * ```ts
 * findKernels(); // '/…/node_modules/@m3ae/kernels/lib/linux-x64/libm3ae_kernels.so'
 * ```
 */
export function findKernels(): string | undefined {
  const from = createRequire(typeof __filename === 'string' ? __filename : import.meta.url);
  const platform = `${process.platform}-${process.arch}`;
  const built = join(dirname(from.resolve('../package.json')), 'lib', platform, fileName);
  if (existsSync(built)) return built;
  try {
    return from.resolve(`@m3ae/kernels-${platform}/${fileName}`);
  } catch {
    return undefined; // not installed
  }
}
