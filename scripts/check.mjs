// Every check but the tests: types, lint, format, package shape, packed installs. Runs all, reports all, fails if one fails.
// usage: node scripts/check.mjs [NAME …]     e.g. node scripts/check.mjs types lint
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));
const packages = readdirSync('packages').map((name) => `packages/${name}`);

/** Whether a command exits with 0; its output is shown only when it does not. */
function passes(command, args) {
  const result = spawnSync(command, args, { encoding: 'utf8', shell: process.platform === 'win32' });
  if (result.status !== 0) process.stdout.write(`${result.stdout}${result.stderr}\n`);
  return result.status === 0;
}

const checks = {
  types: () => passes('npx', ['tsc', '--noEmit', '-p', 'tsconfig.json']),
  lint: () => passes('npx', ['oxlint', '--deny-warnings']), // import/no-cycle refuses circular imports
  format: () => passes('npx', ['prettier', '--check', '.']),
  publint: () => packages.map((folder) => passes('npx', ['publint', '--strict', folder])).every(Boolean),
  attw: () => packages.map((folder) => passes('npx', ['attw', '--pack', folder])).every(Boolean),
  cycles: () => passes('node', ['scripts/package-cycles.mjs']),
  pack: () => passes('node', ['scripts/pack-test.mjs']),
};

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !(name in checks));
if (unknown.length > 0) {
  console.error(`check must be one of ${Object.keys(checks).join(', ')}; received ${unknown.join(', ')}.`);
  process.exit(2);
}

let failed = 0;
let passed = 0;
for (const [name, check] of Object.entries(checks)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  const start = performance.now();
  const ok = check();
  if (ok) passed++;
  else failed++;
  console.log(
    `${ok ? 'ok    ' : 'FAILED'} ${name.padEnd(8)} ${((performance.now() - start) / 1000).toFixed(1)} s`,
  );
}
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
