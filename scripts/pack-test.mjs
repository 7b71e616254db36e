// Packs every package as it would be published, installs each alone in an empty project, and imports and requires
// every entry of it. Packages of ours that it needs come as tarballs too; others come from npm's cache where they are.
// usage: node scripts/pack-test.mjs [NAME …]     e.g. node scripts/pack-test.mjs @m3ae/masking
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { root, workspacePackages } from './workspace.mjs';

const scratch = mkdtempSync(join(tmpdir(), 'm3ae-pack-'));
const packages = new Map(workspacePackages().map((each) => [each.manifest.name, each]));
const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !packages.has(name));
if (unknown.length > 0) {
  console.error(`package must be one of ${[...packages.keys()].join(', ')}; received ${unknown.join(', ')}.`);
  process.exit(2);
}

/** Output of a program; npm is told to download nothing but packages. */
async function run(command, args, cwd) {
  const env = { ...process.env, ONNXRUNTIME_NODE_INSTALL: 'skip', npm_config_update_notifier: 'false' };
  const options = { cwd, env, maxBuffer: 2 ** 26, shell: process.platform === 'win32' };
  try {
    return (await promisify(execFile)(command, args, options)).stdout;
  } catch (error) {
    throw new Error(`${command} ${args.join(' ')}\n${error.stdout}${error.stderr}`, { cause: error });
  }
}

/** Runs `body` on every item, a few at a time. */
async function forEach(items, body) {
  const left = [...items];
  const worker = async () => {
    for (let item = left.shift(); item !== undefined; item = left.shift()) await body(item);
  };
  await Promise.all(Array.from({ length: Math.min(4, availableParallelism()) }, worker));
}

/** The package and every package of ours it needs. */
function withDependencies(name, seen = new Set()) {
  if (!packages.has(name) || seen.has(name)) return seen;
  seen.add(name);
  for (const each of Object.keys(packages.get(name).manifest.dependencies ?? {}))
    withDependencies(each, seen);
  return seen;
}

/** Every file that an exports map or a bin names. */
const filesOf = (target) =>
  typeof target === 'string' ? [target.replace('./', '')] : Object.values(target ?? {}).flatMap(filesOf);

/** Packs one package and refuses a tarball that lacks a file or holds tests. */
async function pack({ folder, manifest }) {
  const output = await run('npm', ['pack', '--json', '--pack-destination', scratch], join(root, folder));
  const [{ filename, files }] = JSON.parse(output);
  const paths = files.map(({ path }) => path);
  const needed = ['README.md', 'LICENSE', ...filesOf(manifest.exports), ...filesOf(manifest.bin)];
  const lacks = needed.filter((path) => !paths.includes(path));
  const superfluous = paths.filter((path) => /(^|\/)(test|fixtures|node_modules)\//.test(path));
  if (lacks.length > 0) throw new Error(`The tarball lacks ${lacks.join(', ')}.`);
  if (superfluous.length > 0) throw new Error(`The tarball should not hold ${superfluous.join(', ')}.`);
  return join(scratch, filename);
}

/** The source of a program that loads every entry and fails where one exports nothing. */
const loader = (specifiers, load) => `(async () => {
  for (const id of ${JSON.stringify(specifiers)}) {
    if (Object.keys(${load}).length === 0) throw new Error(id + ' exports nothing');
  }
})().catch((error) => { console.error(error); process.exit(1); });
`;

/** Installs one package in an empty project and loads it in every way that its package.json promises. */
async function tryAlone({ manifest }, tarballs) {
  const { name, exports, bin = {} } = manifest;
  const project = join(scratch, name.replace('@m3ae/', ''));
  mkdirSync(project);
  const dependencies = Object.fromEntries(
    [...withDependencies(name)].map((each) => [each, `file:${tarballs.get(each)}`]),
  );
  writeFileSync(
    join(project, 'package.json'),
    JSON.stringify({ name: 'empty', private: true, dependencies }),
  );
  await run('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error'], project);

  const entries = Object.entries(exports).filter(([path]) => !path.endsWith('.json'));
  const imported = entries.map(([path]) => name + path.slice(1));
  const required = entries.filter(([, target]) => target.require).map(([path]) => name + path.slice(1));
  writeFileSync(join(project, 'import.mjs'), loader(imported, 'await import(id)'));
  writeFileSync(join(project, 'require.cjs'), loader(required, 'require(id)'));
  await run('node', ['import.mjs'], project);
  await run('node', ['require.cjs'], project);
  for (const command of Object.keys(bin)) await run('npx', ['--no-install', command, '--help'], project);
  rmSync(project, { recursive: true, force: true });
  return [
    `import ${imported.join(', ')}`,
    ...(required.length > 0 ? [`require ${required.join(', ')}`] : []),
    ...Object.keys(bin).map((command) => `${command} --help`),
  ].join('; ');
}

let failed = 0;
const tarballs = new Map();
const attempt = async (name, body) => {
  try {
    await body();
  } catch (error) {
    failed++;
    console.error(`FAILED ${name}: ${error.message}`);
  }
};
const chosen = wanted.length > 0 ? wanted : [...packages.keys()];
const packed = new Set(chosen.flatMap((name) => [...withDependencies(name)]));
await forEach(packed, (name) =>
  attempt(name, async () => tarballs.set(name, await pack(packages.get(name)))),
);
if (failed === 0) {
  await forEach(chosen, (name) =>
    attempt(name, async () => console.log(`ok ${name}: ${await tryAlone(packages.get(name), tarballs)}`)),
  );
}
rmSync(scratch, { recursive: true, force: true });
process.exit(failed === 0 ? 0 : 1);
