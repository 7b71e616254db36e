// Installs and builds what is missing or stale, and does nothing when all is fresh.
// Node built-ins only: this runs before anything is installed.
// usage: node scripts/setup.mjs
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, symlinkSync } from 'node:fs';
import { dirname, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(
    `Node must be at least 20.19; this is ${process.versions.node}. Install a newer Node, e.g. "nvm install 22".`,
  );
  process.exit(2);
}

/** Runs a program; when it fails, shows what it wrote and stops the set-up. */
function run(command, args, options = {}) {
  const result = spawnSync(command, args, {
    stdio: ['inherit', 'pipe', 'inherit'],
    encoding: 'utf8',
    ...options,
  });
  if (result.status === 0) return;
  process.stdout.write(result.stdout ?? '');
  console.error(`"${command} ${args.join(' ')}" failed: ${result.error?.message ?? result.status}.`);
  process.exit(result.status ?? 1);
}

/**
 * Whether node_modules holds what package-lock.json asks for: npm notes there, when an install is whole, what it installed.
 * Optional packages may be absent: they are for other systems.
 */
function isInstalled() {
  const installedFile = 'node_modules/.package-lock.json';
  if (!existsSync(installedFile)) return false;
  const wanted = JSON.parse(readFileSync('package-lock.json', 'utf8')).packages;
  const installed = JSON.parse(readFileSync(installedFile, 'utf8')).packages;
  return Object.entries(wanted).every(([path, entry]) => {
    if (!path.includes('node_modules/')) return true; // our own folders, linked from node_modules
    if (entry.link) return isLinked(path, entry.resolved);
    const found = installed[path];
    if (found === undefined) return entry.optional === true || entry.devOptional === true;
    return found.version === entry.version && found.integrity === entry.integrity;
  });
}

/** Links a package of ours that is new since the install, which is all that npm would do about it. */
function isLinked(path, folder) {
  if (!existsSync(path)) symlinkSync(relative(dirname(path), folder), path, 'junction');
  return true;
}

if (!isInstalled()) {
  console.log('Installing packages …');
  run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    // ONNX Runtime's package holds all but its CUDA parts; else its install script looks for those outside the registry.
    env: { ...process.env, ONNXRUNTIME_NODE_INSTALL: 'skip' },
    shell: process.platform === 'win32', // where npm is a .cmd file
  });
}

console.log('Building what has changed …');
const turbo = 'run build --output-logs=errors-only --log-prefix=none --ui=stream --concurrency=100%';
run(process.execPath, ['node_modules/turbo/bin/turbo', ...turbo.split(' ')], {
  env: { ...process.env, TURBO_TELEMETRY_DISABLED: '1', TURBO_NO_UPDATE_NOTIFIER: '1', DO_NOT_TRACK: '1' },
});

// A C compiler is not needed: without it the engine computes in float32, somewhat slower.
run(process.execPath, ['packages/kernels/build.mjs'], { stdio: 'inherit' });
