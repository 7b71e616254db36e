// Refuses a package that is on the way to its first release without a note for its users in .changeset/.
import { readdirSync, readFileSync } from 'node:fs';
import { root, publishedPackages } from './workspace.mjs';

const notes = readdirSync(`${root}/.changeset`)
  .filter((name) => name.endsWith('.md') && name !== 'README.md')
  .map((name) => readFileSync(`${root}/.changeset/${name}`, 'utf8').split('---')[1]);
const without = publishedPackages().filter(
  ({ manifest: { name, version } }) =>
    version === '0.0.0' && !notes.some((note) => note.includes(`'${name}'`) || note.includes(`"${name}"`)),
);
for (const { folder, manifest } of without) {
  console.error(`${folder}: ${manifest.name} must have a changeset. Write one with "npx changeset".`);
}
process.exit(without.length === 0 ? 0 : 1);
