import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'esbuild';

const root = fileURLToPath(new URL('../../../../', import.meta.url));

/** Our own packages from their source, so that a test never runs against a stale build; others stay outside. */
const fromSource: Plugin = {
  name: 'm3ae-from-source',
  setup({ onResolve }) {
    onResolve({ filter: /^@m3ae\// }, ({ path }) => {
      const [, name, part = 'index'] = /^@m3ae\/([a-z-]+)(?:\/([a-z0-9-]+))?$/.exec(path) ?? [];
      const files = ['packages', 'apps'].map((group) => join(root, group, name ?? '', 'src', `${part}.ts`));
      const file = files.find((path) => existsSync(path));
      return file === undefined ? undefined : { path: file };
    });
    // tfjs's gradients are ES modules that Node cannot load from where they lie.
    onResolve({ filter: /^[^./]/ }, ({ path }) =>
      path.startsWith('@m3ae/') || path.startsWith('@tensorflow/tfjs-core/dist/')
        ? undefined
        : { path, external: true },
    );
  },
};

/** The command as a script of its own, and what removes it. */
export interface BundledCommand {
  readonly script: string;
  remove(): void;
}

/** Bundles the command out of the sources; a second, where building every package takes a minute. */
export async function bundleCommand(): Promise<BundledCommand> {
  // Inside node_modules, so that packages are found from there and nothing is committed.
  const folder = join(root, 'apps/trainer/node_modules/.m3ae-test', String(process.pid));
  mkdirSync(folder, { recursive: true });
  await build({
    entryPoints: {
      cli: join(root, 'apps/trainer/src/cli.ts'),
      worker: join(root, 'packages/datasets/src/worker.ts'),
    },
    outdir: folder,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    plugins: [fromSource],
    logLevel: 'error',
  });
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }\n');
  const script = join(folder, 'm3ae.js');
  writeFileSync(
    script,
    "import { main } from './cli.js';\nprocess.exitCode = await main(process.argv.slice(2));\n",
  );
  return { script, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
