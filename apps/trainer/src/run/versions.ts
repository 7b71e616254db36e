import { createRequire } from 'node:module';
import { codeDigest, commitOf, installedVersion, type MachineVersions, machineVersions } from '@m3ae/runs';

/** Versions of what a run's numbers depend on. */
export type Versions = Readonly<MachineVersions & Record<'m3ae' | 'onnxruntime' | 'tfjs', string>>;

const versionOf = (name: string) => installedVersion(name, import.meta.url);

/** The commit that this program was built from, where it runs from a checkout; see `commitOf`. */
export function ownCommit(): string | null {
  return commitOf(process.argv[1]!, ['packages/*/src', 'apps/*/src']);
}

/** SHA-256 of the code of this program and of all packages of ours that it needs. */
export function ownDigest(): string {
  const file = createRequire(import.meta.url).resolve('@m3ae/trainer/package.json');
  return codeDigest(file, (name) => name.startsWith('@m3ae/'));
}

/** Version of this package. */
export function packageVersion(): string {
  return versionOf('@m3ae/trainer');
}

/** Versions of the engine and the machine's kind, for config.json and the report. */
export function versions(): Versions {
  return {
    m3ae: packageVersion(),
    ...machineVersions(),
    onnxruntime: versionOf('onnxruntime-node'),
    tfjs: versionOf('@tensorflow/tfjs-core'),
  };
}
