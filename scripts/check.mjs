// Every check but the tests: types, casts, lint, format, package shape, circles, packed installs. Runs all, reports all, fails if one fails.
// usage: node scripts/check.mjs [NAME …]     e.g. node scripts/check.mjs types lint
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { publishedPackages, root } from './workspace.mjs';

process.chdir(root);
const published = publishedPackages().map(({ folder }) => folder);

/** Whether a command exits with 0; its output is shown only when it does not. */
function passes(command, args) {
  const result = spawnSync(command, args, { encoding: 'utf8', shell: process.platform === 'win32' });
  if (result.status !== 0) {
    console.log(
      `${command} ${args.join(' ')}\n${result.stdout}${result.stderr}${result.error?.message ?? ''}`,
    );
  }
  return result.status === 0;
}
const tool = (name, ...args) => passes(`node_modules/.bin/${name}`, args);
const script = (path, ...args) => passes(process.execPath, [path, ...args]);

/** The programs in the guides are checked with the rest. */
function types() {
  const programs = 'tests/docs/programs';
  const written = script('scripts/write-programs.mjs', programs);
  const ok = tool('tsc', '--noEmit', '-p', 'tsconfig.json');
  rmSync(programs, { recursive: true, force: true });
  return written && ok;
}

const checks = {
  types,
  lint: () => tool('oxlint', '--deny-warnings'), // import/no-cycle refuses circular imports of files
  format: () => tool('prettier', '--check', '--log-level=warn', '.'),
  casts: () => script('scripts/casts.mjs'),
  cycles: () => script('scripts/package-cycles.mjs'),
  arrows: () => tool('depcruise', 'packages', 'apps', '--config', '.dependency-cruiser.cjs'),
  changes: () => script('scripts/changesets.mjs'),
  publint: () => published.map((folder) => tool('publint', '--strict', folder)).every(Boolean),
  attw: () =>
    published
      .map((folder) =>
        folder.startsWith('apps/')
          ? tool('attw', '--pack', folder, '--profile', 'esm-only')
          : tool('attw', '--pack', folder),
      )
      .every(Boolean),
  pack: () => script('scripts/pack-test.mjs'),
  program: () => script('scripts/program-test.mjs'),
};

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !(name in checks));
if (unknown.length > 0) {
  console.error(`check must be one of ${Object.keys(checks).join(', ')}; received ${unknown.join(', ')}.`);
  process.exit(2);
}

const results = Object.entries(checks)
  .filter(([name]) => wanted.length === 0 || wanted.includes(name))
  .map(([name, check]) => {
    const start = performance.now();
    const ok = check();
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    console.log(`${ok ? 'ok    ' : 'FAILED'} ${name.padEnd(8)} ${seconds} s`);
    return ok;
  });
const failed = results.filter((ok) => !ok).length;
console.log(`${results.length - failed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
