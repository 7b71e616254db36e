import { flattenTree, mapTree, type NdArray, type Tree } from '@m3ae/tree';
import { add, type Scalar, type Tensor } from '@tensorflow/tfjs-core';
import { tidyTree } from '@m3ae/ops';
import { type Fault, faultOf, invalidField, requireList, throwFaults } from '@m3ae/errors';

/** What changes from update to update but belongs to no parameter. */
export interface Hyper {
  /** Learning rate of this update, from a schedule on the host: []. */
  readonly learningRate: Scalar;
}

/** What {@link Transform.update} returns; all of it belongs to the caller. */
export interface UpdateResult {
  /** What to add to the parameters, in their structure; see {@link applyUpdates}. */
  readonly updates: Tree<Tensor>;
  /** The state for the next update, in the structure of the one given. */
  readonly state: Tree<Tensor>;
  /** Scalars worth logging, such as `gradientNorm` and `skipped`. */
  readonly metrics: Readonly<Record<string, Scalar>>;
}

/**
 * One part of an optimizer: a pure pair of functions, composed by {@link chain}.
 *
 * `init` runs on the host, on plain arrays, and needs no tfjs backend. `update` takes and returns tensors, reads no
 * value, and so can be compiled.
 *
 * @see optax.GradientTransformation
 */
export interface Transform {
  /** The state before the first update, in plain arrays; `{}` for a transform without any. */
  readonly init: (params: Tree<NdArray>) => Tree<NdArray>;
  /** Turns gradients into updates. The trees of gradients and params must have the same structure and shapes. */
  readonly update: (
    gradients: Tree<Tensor>,
    state: Tree<Tensor>,
    params: Tree<Tensor>,
    hyper: Hyper,
  ) => UpdateResult;
}

/**
 * Says of a parameter whether a rule (weight decay, layer-wise trust) covers it.
 *
 * @param path - The leaf's path, e.g. `encoder.blocks.3.norm1.scale`.
 * @param shape - The leaf's shape.
 */
export type ParameterRule = (path: string, shape: readonly number[]) => boolean;

/**
 * Adds the updates to the parameters: `params + updates`, leaf by leaf.
 *
 * @param params - Parameters before the step; not disposed.
 * @param updates - What {@link Transform.update} returned, in the same structure and shapes.
 * @returns New tensors in the structure of `params`.
 * @throws RangeError if structure or shapes differ.
 *
 * @example
 * ```ts
 * const { updates, state: next } = optimizer.update(gradients, state, params, { learningRate });
 * const trained = applyUpdates(params, updates);
 * ```
 */
export function applyUpdates<Params>(params: Params, updates: Tree<Tensor>): Params {
  return tidyTree(() => {
    const { next } = eachLeaf({ params: params as Tree<Tensor>, updates }, (leaf) => ({
      next: add(leaf.params, leaf.updates),
    }));
    return next as Params;
  });
}

/**
 * Runs transforms one after the other: each receives the updates of the one before as its gradients.
 *
 * The state is an array with one entry a transform (`{}` for those without any), so the first moment of
 * `chain(clipByGlobalNorm(1), adamW())` is stored under `1.firstMoment.…`.
 *
 * @param transforms - At least one, in the order of use: clipping first, layer-wise rates last.
 * @returns A transform whose metrics are those of all parts; of two with one name, the later wins.
 * @throws RangeError if no transform is given, or something else; or, in `update`, if the state has another number of entries.
 *
 * @example
 * ```ts
 * const optimizer = chain(clipByGlobalNorm(1), adamW({ weightDecay: 0.05 }));
 * ```
 *
 * @see optax.chain
 */
export function chain(...transforms: readonly Transform[]): Transform {
  if (transforms.length === 0) {
    throw invalidField('transforms', 'at least one', 'none', 'Pass an optimizer such as adamW().');
  }
  const strange = transforms.findIndex((transform) => typeof transform?.update !== 'function');
  if (strange >= 0)
    throw invalidField(`transforms.${strange}`, 'a transform', transforms[strange], 'Write e.g. adamW().');
  return {
    init: (params) => transforms.map((transform) => transform.init(params)),
    update(gradients, state, params, hyper) {
      if (!Array.isArray(state) || state.length !== transforms.length) {
        throw invalidField(
          'state',
          `an array of ${transforms.length}, one entry for each transform of the chain`,
          Array.isArray(state) ? `an array of ${state.length}` : typeof state,
          'Start from the init of the same chain.',
        );
      }
      let updates = gradients;
      const next: Tree<Tensor>[] = [];
      const metrics: Record<string, Scalar> = {};
      transforms.forEach((transform, i) => {
        const result = transform.update(updates, state[i]!, params, hyper);
        updates = result.updates;
        next.push(result.state);
        Object.assign(metrics, result.metrics);
      });
      return { updates, state: next, metrics };
    },
  };
}

/**
 * Walks several trees of one structure together and returns one tree for each name in the result of `change`.
 *
 * Shapes are compared, never left to broadcasting: a gradient of [3, 1] for a parameter of [3] is a mistake.
 *
 * @throws RangeError naming every path that not all trees hold, or that differs in shape; or if there is no leaf.
 */
export function eachLeaf<Name extends string, Result extends Readonly<Record<string, Tensor>>>(
  trees: Readonly<Record<Name, Tree<Tensor>>>,
  change: (leaves: Readonly<Record<Name, Tensor>>, path: string) => Result,
): { readonly [Key in keyof Result]: Tree<Tensor> } {
  const names = Object.keys(trees) as Name[];
  const leaves = names.map((name) => new Map(flattenTree<Tensor>(trees[name])));
  checkStructure(names, leaves);
  const results = new Map<string, Result>();
  for (const path of leaves[0]!.keys()) {
    const parts = names.map((name, i) => [name, leaves[i]!.get(path)!] as const);
    results.set(path, change(Object.fromEntries(parts) as Record<Name, Tensor>, path));
  }
  const like = trees[names[0]!];
  const [first] = results.values();
  const pick = (key: string) => mapTree<Tensor, Tensor>(like, (_, path) => results.get(path)![key]!);
  return Object.fromEntries(Object.keys(first!).map((key) => [key, pick(key)])) as {
    [Key in keyof Result]: Tree<Tensor>;
  };
}

function checkStructure(names: readonly string[], leaves: readonly ReadonlyMap<string, Tensor>[]): void {
  const paths = new Set(leaves.flatMap((map) => [...map.keys()]));
  if (paths.size === 0) {
    throw invalidField(
      names.join(', '),
      'trees of at least one tensor',
      'empty trees',
      'Pass the parameters to train.',
    );
  }
  const faults: Fault[] = [];
  for (const path of paths) {
    const shapes = leaves.map((map) => map.get(path)?.shape);
    if (shapes.every((shape) => shape?.join() === shapes[0]?.join())) continue;
    const found = shapes.map((shape, i) => `${names[i]} ${shape ? `[${shape}]` : 'missing'}`);
    const rule = `of one shape in ${names.join(', ')}`;
    faults.push(faultOf(path, rule, found.join(', '), 'Start from init(params) of the same parameters.'));
  }
  throwFaults(faults);
}

/**
 * Everything decays but the parameters with a listed name as one element of their path.
 *
 * The match is exact, never part of a word: `bias` covers `head.bias` and `bias.0`, not `biasTable`.
 *
 * @param names - Path elements, e.g. `['bias', 'clsToken']`.
 * @throws RangeError if `names` is no list.
 *
 * @example
 * ```ts
 * const decay = decayExcept(['bias', 'clsToken', 'textEmbedding']);
 * decay('encoder.norm.scale', [64]); // true: in the reference LayerNorm scales decay
 * ```
 *
 * @see The reference's `no_decay_list` (young-geng/m3ae_public, model.py).
 */
export function decayExcept(names: readonly string[]): ParameterRule {
  requireList('names', names, "Write ['bias'] for a single one.");
  const exempt = new Set(names);
  return (path) => !path.split('.').some((name) => exempt.has(name));
}

/**
 * Only parameters of two axes or more decay: biases and LayerNorm scales are exempt.
 *
 * @see facebookresearch/mae, `param_groups_weight_decay` and util/lars.py.
 */
export const decayMatrices: ParameterRule = (_path, shape) => shape.length > 1;
