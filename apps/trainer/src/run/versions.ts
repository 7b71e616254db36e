import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { cpus } from 'node:os';
import { commitOf } from '@m3ae/runs';

/** Versions of what a run's numbers depend on. */
export type Versions = Readonly<
  Record<'m3ae' | 'node' | 'platform' | 'cpu' | 'onnxruntime' | 'tfjs', string>
>;

const require = createRequire(import.meta.url);

function versionOf(name: string): string {
  try {
    const file = require.resolve(`${name}/package.json`);
    return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
  } catch {
    return 'unknown';
  }
}

/** The commit that this program was built from, where it runs from a checkout; see `commitOf`. */
export function ownCommit(): string | null {
  return commitOf(process.argv[1]!, ['packages/*/src', 'apps/*/src']);
}

/** Version of this package. */
export function packageVersion(): string {
  return versionOf('@m3ae/trainer');
}

/** Versions of the engine and the machine's kind, for config.json and the report. */
export function versions(): Versions {
  return {
    m3ae: packageVersion(),
    node: process.versions.node,
    platform: `${process.platform} ${process.arch}`,
    cpu: `${cpus()[0]?.model.trim() ?? 'unknown'} × ${cpus().length}`,
    onnxruntime: versionOf('onnxruntime-node'),
    tfjs: versionOf('@tensorflow/tfjs-core'),
  };
}
