// Draws docs/images/house.svg: the packages as rooms, what each imports as arrows, from the same reading of the source that the check "arrows" uses.
// An arrow is left out where a longer way through other rooms says it already.
// usage: node scripts/house.mjs
import { spawnSync } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import { instance } from '@viz-js/viz';
import { root } from './workspace.mjs';

process.chdir(root);

/** `packages/masking/src/plan.ts` is in the room `masking`. */
const roomOf = (path) => /^(?:packages|apps)\/([^/]+)\//.exec(path)?.[1];

/** For each room, the rooms that its source imports. */
function readRooms() {
  const args = ['packages', 'apps', '--config', '.dependency-cruiser.cjs', '--output-type', 'json'];
  const found = spawnSync('node_modules/.bin/depcruise', args, {
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
    shell: process.platform === 'win32',
  });
  if (found.status !== 0) throw new Error(found.stderr || found.stdout);
  const rooms = new Map(
    ['packages', 'apps'].flatMap((folder) => readdirSync(folder)).map((name) => [name, new Set()]),
  );
  for (const { source, dependencies } of JSON.parse(found.stdout).modules) {
    const from = roomOf(source);
    if (from === undefined || !/\/src\//.test(source)) continue;
    for (const { resolved } of dependencies) {
      const to = roomOf(resolved);
      if (to !== undefined && to !== from) rooms.get(from).add(to);
    }
  }
  return rooms;
}

/** Whether `to` is reached from `from` in at least one step. */
function reaches(rooms, from, to) {
  return [...rooms.get(from)].some((next) => next === to || reaches(rooms, next, to));
}

/** The arrows that no longer way repeats. */
function essentialArrows(rooms) {
  return [...rooms].flatMap(([from, below]) =>
    [...below]
      .filter((to) => ![...below].some((other) => other !== to && reaches(rooms, other, to)))
      .map((to) => [from, to]),
  );
}

const isApp = (name) => readdirSync('apps').includes(name);
const rooms = readRooms();
const nodes = [...rooms.keys()]
  .sort()
  .map((name) => `"${name}"${isApp(name) ? ' [fillcolor="#e8eefc"]' : ''}`);
const arrows = essentialArrows(rooms)
  .map(([from, to]) => `"${from}" -> "${to}"`)
  .sort();
const dot = `digraph house {
  graph [rankdir=TB, nodesep=0.25, ranksep=0.45, bgcolor=white]
  node [shape=box, width=1.2, style="rounded,filled", fillcolor="#f6f6f4", color="#8a8a86", fontname="Helvetica", fontsize=13, margin="0.25,0.06"]
  edge [color="#8a8a86", arrowsize=0.6]
  ${[...nodes, ...arrows].join('\n  ')}
}`;
const svg = (await instance()).renderString(dot, { format: 'svg' });
const file = 'docs/images/house.svg';
writeFileSync(file, svg.slice(svg.indexOf('<svg')));
console.log(file);
