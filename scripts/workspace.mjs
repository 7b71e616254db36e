// What the other scripts ask about the packages of this repository.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The root of the repository. */
export const root = fileURLToPath(new URL('..', import.meta.url));

/** Every package and app: its folder, seen from the root, and its package.json. */
export function workspacePackages() {
  return ['packages', 'apps'].flatMap((group) =>
    readdirSync(`${root}/${group}`).map((name) => {
      const folder = `${group}/${name}`;
      return { folder, manifest: JSON.parse(readFileSync(`${root}/${folder}/package.json`, 'utf8')) };
    }),
  );
}

/** Those that go to npm. */
export const publishedPackages = () => workspacePackages().filter(({ manifest }) => !manifest.private);

/** The source files of a package, seen from the root, where the caller stands. */
export const sourcesOf = ({ folder }) =>
  readdirSync(join(folder, 'src'), { recursive: true })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(folder, 'src', name));
