// Packs every package as it would be published, installs each alone in an empty project, and both imports and requires it.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const root = process.cwd();
const scratch = mkdtempSync(join(tmpdir(), 'm3ae-pack-'));
const manifests = new Map(
  readdirSync('packages').map((name) => {
    const manifest = JSON.parse(readFileSync(`packages/${name}/package.json`, 'utf8'));
    return [manifest.name, { ...manifest, folder: resolve('packages', name) }];
  }),
);

function run(command, args, cwd) {
  const env = { ...process.env, ONNXRUNTIME_NODE_INSTALL: 'skip' };
  const result = spawnSync(command, args, {
    cwd,
    env,
    encoding: 'utf8',
    shell: process.platform === 'win32',
  });
  if (result.status !== 0) throw new Error(`${command} ${args.join(' ')}\n${result.stdout}${result.stderr}`);
  return result.stdout;
}

/** The package and every package of ours it needs. */
function withDependencies(name, seen = new Set()) {
  if (!manifests.has(name) || seen.has(name)) return seen;
  seen.add(name);
  for (const dependency of Object.keys(manifests.get(name).dependencies ?? {}))
    withDependencies(dependency, seen);
  return seen;
}

const tarballs = new Map();
for (const [name, { folder }] of manifests) {
  const [{ filename }] = JSON.parse(run('npm', ['pack', '--json', '--pack-destination', scratch], folder));
  tarballs.set(name, join(scratch, filename));
}

const wanted = process.argv.slice(2);
let failed = 0;
for (const [name, manifest] of manifests) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  const project = join(scratch, name.replace('@m3ae/', ''));
  mkdirSync(project);
  const needed = [...withDependencies(name)];
  const required = Object.entries(manifest.peerDependencies ?? {}).filter(
    ([peer]) => !manifest.peerDependenciesMeta?.[peer]?.optional,
  );
  const dependencies = Object.fromEntries([
    ...needed.map((n) => [n, `file:${tarballs.get(n)}`]),
    ...required,
  ]);
  // A tarball under `overrides` too: our packages are not in the registry before their first release.
  const overrides = Object.fromEntries(needed.map((n) => [n, `file:${tarballs.get(n)}`]));
  writeFileSync(
    join(project, 'package.json'),
    JSON.stringify({ name: 'empty', private: true, dependencies, overrides }),
  );
  const entries = Object.keys(manifest.exports).filter((path) => !path.endsWith('.json'));
  const specifiers = entries.map((path) => name + path.slice(1));
  const test = (load) =>
    `(async () => { for (const id of ${JSON.stringify(specifiers)}) { const m = ${load}; if (Object.keys(m).length === 0) throw new Error(id + ' exports nothing'); } })().catch((e) => { console.error(e); process.exit(1); });`;
  writeFileSync(join(project, 'import.mjs'), test('await import(id)'));
  writeFileSync(join(project, 'require.cjs'), test('require(id)'));
  try {
    run('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error'], project);
    run('node', ['import.mjs'], project);
    run('node', ['require.cjs'], project);
    console.log(
      `ok ${name} (${specifiers.length} ${specifiers.length === 1 ? 'entry' : 'entries'}, import and require)`,
    );
  } catch (error) {
    failed++;
    console.error(`FAILED ${name}\n${error.message}`);
  }
  rmSync(project, { recursive: true, force: true });
}
process.chdir(root);
rmSync(scratch, { recursive: true, force: true });
process.exit(failed === 0 ? 0 : 1);
