import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build, type BuildOptions } from 'esbuild';

const packages = fileURLToPath(new URL('../../packages/', import.meta.url));

/** Whether the package that imports says in its "browser" field that a browser does without. */
function isLeftOut(path: string, importer: string): boolean {
  if (!importer.startsWith(packages)) return false;
  const [folder] = importer.slice(packages.length).split('/');
  const manifest = JSON.parse(readFileSync(`${packages}${folder}/package.json`, 'utf8')) as {
    browser?: Record<string, unknown>;
  };
  return manifest.browser?.[path] === false;
}

/** Our packages as their sources, as in all tests. */
const fromSource = {
  name: 'm3ae-from-source',
  setup(pluginBuild: Parameters<NonNullable<BuildOptions['plugins']>[number]['setup']>[0]) {
    pluginBuild.onResolve({ filter: /^@m3ae\// }, ({ path, importer }) => {
      if (isLeftOut(path, importer)) return { path, namespace: 'left-out' };
      const [name, subPath = 'index'] = path.slice('@m3ae/'.length).split('/');
      return { path: `${packages}${name}/src/${subPath}.ts` };
    });
    pluginBuild.onLoad({ filter: /.*/, namespace: 'left-out' }, () => ({ contents: '' }));
  },
};

/** Bundles for a browser; fails on anything that only Node has. */
export async function bundleForBrowser(options: BuildOptions): Promise<string> {
  const { outputFiles } = await build({
    bundle: true,
    write: false,
    platform: 'browser',
    format: 'iife',
    target: 'es2022',
    logLevel: 'silent',
    plugins: [fromSource],
    ...options,
  });
  return outputFiles![0]!.text;
}
