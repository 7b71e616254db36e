// Installs and builds what is missing or stale, and does nothing when all is fresh.
// Node built-ins only: this runs before anything is installed.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
process.chdir(root);

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(
    `Node must be at least 20.19; this is ${process.versions.node}. Install a newer Node, e.g. "nvm install 20".`,
  );
  process.exit(1);
}

/** Runs a program and stops the set-up when it fails. */
function run(command, args, env = {}) {
  const result = spawnSync(command, args, {
    stdio: 'inherit',
    env: { ...process.env, ...env },
    shell: process.platform === 'win32',
  });
  if (result.status !== 0) {
    console.error(`"${command} ${args.join(' ')}" failed with exit code ${result.status}.`);
    process.exit(result.status ?? 1);
  }
}

const stamp = 'node_modules/.m3ae-installed';
const wanted = createHash('sha256').update(readFileSync('package-lock.json')).digest('hex');
const installed = existsSync(stamp) ? readFileSync(stamp, 'utf8') : '';
if (installed !== wanted) {
  console.log('Installing packages …');
  // ONNX Runtime's archive holds all but its CUDA parts; without this it would try to download them and fail behind a proxy.
  run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], { ONNXRUNTIME_NODE_INSTALL: 'skip' });
  mkdirSync('node_modules', { recursive: true });
  writeFileSync(stamp, wanted);
}

run('npx', ['turbo', 'run', 'build', '--output-logs=errors-only', '--log-prefix=none', '--ui=stream'], {
  TURBO_TELEMETRY_DISABLED: '1',
});
