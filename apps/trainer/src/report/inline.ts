import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A PNG of the folder `evaluations` as the address of an `<img>`; null where the file is gone. */
export function inlinePng(folder: string, name: string): string | null {
  const path = join(folder, 'evaluations', name);
  if (!existsSync(path)) return null;
  return `data:image/png;base64,${readFileSync(path).toString('base64')}`;
}
