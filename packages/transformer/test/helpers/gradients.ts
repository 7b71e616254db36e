import { createRequire } from 'node:module';
import { engine, type Scalar, type Tensor } from '@tensorflow/tfjs-core';
import { flattenTree, type Tree } from '@m3ae/tree';
import { buildSync } from 'esbuild';

const require = createRequire(import.meta.url);

// Node gets the CommonJS build of tfjs-core, which registers no gradients. The registry and the engine are global
// objects, so a second copy of the registering code fills the registry of the first.
const bundle = buildSync({
  entryPoints: [require.resolve('@tensorflow/tfjs-core/dist/register_all_gradients')],
  bundle: true,
  format: 'iife',
  write: false,
  logLevel: 'error',
});
new Function(bundle.outputFiles[0]!.text)();

/** Value and gradients by path; a parameter without a use has none. */
export function gradientsOf(
  params: Tree<Tensor>,
  loss: (params: Tree<Tensor>) => Scalar,
): { value: Scalar; gradients: Map<string, Tensor> } {
  const leaves = flattenTree(params);
  const { value, grads } = engine().gradients(
    () => loss(params),
    leaves.map(([, leaf]) => leaf),
    undefined,
    true,
  );
  const found = leaves.flatMap(([path], i) => (grads[i] ? [[path, grads[i]] as const] : []));
  return { value: value as Scalar, gradients: new Map(found) };
}
