#!/usr/bin/env node
// Builds the library for this machine's system and processor with its C compiler, where it is missing or older than its sources.
// usage: m3ae-kernels                 into lib/ of this package
//        m3ae-kernels --package FOLDER  a package to publish, @m3ae/kernels-<system>-<processor>, for machines without a compiler
//        m3ae-kernels --names        the packages that are published, as npm pkg set takes them
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('.', import.meta.url));
const manifest = JSON.parse(readFileSync(join(here, 'package.json'), 'utf8'));
const platform = `${process.platform}-${process.arch}`;
/** Machines for which the release job makes a package, each on such a machine. */
const published = ['linux-x64', 'linux-arm64', 'darwin-arm64', 'darwin-x64'];

/** Exact arithmetic: no contraction of products and sums, no reordering; only traps and errno are given up. */
const flags = ['-O3', '-std=gnu11', '-ffp-contract=off', '-fno-math-errno', '-fno-trapping-math'];
/** Exceptions of ONNX Runtime pass through the library where memory runs out. */
const library = ['-fvisibility=hidden', '-fexceptions', '-shared', '-fPIC'];

function build(target) {
  const folder = join(here, 'native');
  const files = readdirSync(folder).map((name) => join(folder, name));
  const newest = Math.max(...[...files, join(here, 'build.mjs')].map((file) => statSync(file).mtimeMs));
  if (existsSync(target) && statSync(target).mtimeMs >= newest) return undefined;
  mkdirSync(join(target, '..'), { recursive: true });
  const sources = files.filter((file) => file.endsWith('.c'));
  const version = `-DM3AE_VERSION="${manifest.version}"`;
  const unfinished = `${target}.${process.pid}`;
  const result = spawnSync(
    process.env.CC ?? 'cc',
    [...flags, ...library, version, '-o', unfinished, ...sources, '-lm', '-ldl'],
    {
      encoding: 'utf8',
    },
  );
  if (result.status !== 0) return result.error?.message ?? result.stderr.trim().split('\n')[0];
  renameSync(unfinished, target);
  return undefined;
}

if (process.argv.includes('--names')) {
  for (const each of published)
    console.log(`optionalDependencies.${manifest.name}-${each}=${manifest.version}`);
  process.exit(0);
}
const packageAt = process.argv.indexOf('--package');
const folder = packageAt < 0 ? join(here, 'lib', platform) : process.argv[packageAt + 1];
const failure = build(join(folder, 'libm3ae_kernels.so'));
if (failure !== undefined)
  console.log(`Kernels for ${platform} not built (${failure}); the engine does without them.`);
if (packageAt >= 0) {
  if (failure !== undefined || !published.includes(platform)) process.exit(1);
  const { license, repository, publishConfig, version } = manifest;
  writeFileSync(
    join(folder, 'package.json'),
    JSON.stringify(
      {
        name: `${manifest.name}-${platform}`,
        version,
        description: `The library of ${manifest.name} for ${platform}.`,
        license,
        repository,
        publishConfig,
        os: [process.platform],
        cpu: [process.arch],
        files: ['libm3ae_kernels.so'],
      },
      null,
      2,
    ),
  );
}
