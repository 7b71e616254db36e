// Packs packages of this repository as they would be published; used by pack-test.mjs and install-into.mjs.
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { promisify } from 'node:util';
import { root, publishedPackages } from './workspace.mjs';

/** Every package of ours by its name. */
export const packages = new Map(publishedPackages().map((each) => [each.manifest.name, each]));

/** Output of a program; npm is told to download nothing but packages. */
export async function run(command, args, cwd) {
  // ONNX Runtime's package holds all but its CUDA parts; else its install script looks for those outside the registry.
  const env = { ...process.env, ONNXRUNTIME_NODE_INSTALL: 'skip', npm_config_update_notifier: 'false' };
  const options = { cwd, env, maxBuffer: 2 ** 26, shell: process.platform === 'win32' };
  try {
    return (await promisify(execFile)(command, args, options)).stdout;
  } catch (error) {
    throw new Error(`${command} ${args.join(' ')}\n${error.stdout}${error.stderr}`, { cause: error });
  }
}

/** Runs `body` on every item, a few at a time. */
export async function forEach(items, body) {
  const left = [...items];
  const worker = async () => {
    for (let item = left.shift(); item !== undefined; item = left.shift()) await body(item);
  };
  await Promise.all(Array.from({ length: Math.min(4, availableParallelism()) }, worker));
}

/** The package and every package of ours it needs. */
export function withDependencies(name, seen = new Set()) {
  if (!packages.has(name) || seen.has(name)) return seen;
  seen.add(name);
  for (const each of Object.keys(packages.get(name).manifest.dependencies ?? {}))
    withDependencies(each, seen);
  return seen;
}

/** Every file that an exports map or a bin names. */
const filesOf = (target) =>
  typeof target === 'string' ? [target.replace('./', '')] : Object.values(target ?? {}).flatMap(filesOf);

/**
 * Packs one package into a folder and refuses a tarball that lacks a file or holds tests.
 *
 * @returns The path of the tarball.
 */
export async function pack({ folder, manifest }, destination) {
  const output = await run('npm', ['pack', '--json', '--pack-destination', destination], join(root, folder));
  const [{ filename, files }] = JSON.parse(output);
  const paths = files.map(({ path }) => path);
  const needed = ['README.md', 'LICENSE', ...filesOf(manifest.exports), ...filesOf(manifest.bin)];
  const lacks = needed.filter((path) => !paths.includes(path));
  const superfluous = paths.filter((path) => /(^|\/)(test|fixtures|node_modules)\//.test(path));
  if (lacks.length > 0) throw new Error(`The tarball lacks ${lacks.join(', ')}.`);
  if (superfluous.length > 0) throw new Error(`The tarball should not hold ${superfluous.join(', ')}.`);
  return join(destination, filename);
}

/**
 * Packs packages with all of ours that they need and installs them into a project, which then holds the tarballs too: its
 * package.json names them. Other names are handed on to npm.
 */
export async function installInto(project, wanted) {
  const shelf = resolve(project, 'm3ae-packages');
  const manifest = resolve(project, 'package.json');
  mkdirSync(shelf, { recursive: true });
  // Without this file npm would install into the nearest project above the folder.
  if (!existsSync(manifest))
    writeFileSync(manifest, `${JSON.stringify({ private: true, type: 'module' }, null, 2)}\n`);
  const ours = new Set(wanted.flatMap((name) => [...withDependencies(name)]));
  const tarballs = [];
  await forEach(ours, async (name) => tarballs.push(await pack(packages.get(name), shelf)));
  const files = tarballs.map((path) => `./${relative(project, path).replaceAll('\\', '/')}`).toSorted();
  const others = wanted.filter((name) => !packages.has(name));
  await run(
    'npm',
    ['install', ...files, ...others, '--no-audit', '--no-fund', '--loglevel=error'],
    resolve(project),
  );
}
