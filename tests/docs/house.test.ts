// The page on the house names every room, and its picture shows those that are there and arrows that the import rule allows.
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));
const rooms = ['packages', 'apps'].flatMap((folder) => readdirSync(`${root}${folder}`)).sort();
const page = readFileSync(`${root}docs/the-house.md`, 'utf8');
const picture = readFileSync(`${root}docs/images/house.svg`, 'utf8').replaceAll('&#45;', '-');
const titles = (kind: string) =>
  [...picture.matchAll(new RegExp(`class="${kind}">\\s*<title>([^<]+)</title>`, 'g'))].map(
    ([, title]) => title!,
  );

test('the table has each room once', () => {
  const table = page.slice(page.indexOf('| room'), page.indexOf('## Four ideas'));
  const named = table.split('\n').flatMap((line) => [...(line.split('|')[1] ?? '').matchAll(/`([^`]+)`/g)]);
  expect(named.map(([, name]) => name).sort()).toEqual(rooms);
});

test('the picture has each room once, and arrows that the rule allows', () => {
  expect(titles('node').sort()).toEqual(rooms);
  const { forbidden } = createRequire(import.meta.url)(`${root}.dependency-cruiser.cjs`) as {
    forbidden: { name: string; to: { pathNot?: string[] } }[];
  };
  const refused = titles('edge').filter((title) => {
    const [from, to] = title.split('-&gt;');
    const rule = forbidden.find(({ name }) => name === `${from}-imports-only-what-lies-below`);
    return rule !== undefined && !rule.to.pathNot!.includes(`^packages/${to}/`);
  });
  expect(titles('edge').length).toBeGreaterThan(20);
  expect(refused).toEqual([]);
});
