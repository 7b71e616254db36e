import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, beforeAll } from 'vitest';

const packages = fileURLToPath(new URL('../../', import.meta.url));

/**
 * Bundles the worker (and `index.mjs`) from source before the tests of a file, so that they never run a stale build.
 *
 * @param programs - Names of further modules of this folder, bundled as `NAME.mjs`.
 */
export function workerFromSource(...programs: readonly string[]): {
  readonly file: string;
  script(code: string): Promise<string>;
} {
  let folder = '';
  beforeAll(async () => {
    // Inside the package, so that the bundle finds sharp.
    folder = await mkdtemp(join(packages, 'datasets/node_modules-test-'));
    await build({
      entryPoints: [
        ...['worker', 'index'].map((name) => ({
          in: join(packages, `datasets/src/${name}.ts`),
          out: name,
        })),
        ...programs.map((name) => ({ in: join(packages, `datasets/test/${name}.ts`), out: name })),
      ],
      outdir: folder,
      outExtension: { '.js': '.mjs' },
      bundle: true,
      format: 'esm',
      platform: 'node',
      packages: 'external',
      alias: Object.fromEntries(
        [
          'checkpoint/files',
          'errors',
          'errors/rules',
          'errors/settings',
          'mixing',
          'preprocess',
          'preprocess/clip',
          'random',
          'tree',
        ].map((name) => {
          const [folder, file = 'index'] = name.split('/');
          return [`@m3ae/${name}`, join(packages, folder!, `src/${file}.ts`)];
        }),
      ),
    });
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));
  let scripts = 0;
  return {
    get file() {
      return join(folder, 'worker.mjs');
    },
    async script(code) {
      const file = join(folder, `script-${scripts++}.mjs`);
      await writeFile(file, code);
      return file;
    },
  };
}
