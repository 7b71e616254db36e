import { type Program, valueAndGradients } from '@m3ae/compile';
import { type NdArray, ndArray, type Tree, zipTrees } from '@m3ae/tree';
import { add, mul, type Scalar, sum as total, type Tensor } from '@tensorflow/tfjs-core';
import type { AccumulateOptions, BatchGradients, BatchSum } from './accumulate.js';

/** Features of examples, each [batch, …]. */
type Features<Leaf> = Readonly<Record<string, Leaf>>;

/** A whole batch's metrics, and its gradients by parameters (through no feature) and by features. */
interface WholeBatch<Leaf> {
  readonly metrics: Readonly<Record<string, Leaf>>;
  readonly sum: Tree<Leaf>;
  readonly features: Features<Leaf>;
}

/**
 * Gradients of a loss that compares all examples of a batch, as exact as from the whole batch at once: the features of all
 * micro-batches first, then the loss and its gradient by every feature, then each micro-batch again, backward from that gradient.
 *
 * @param parts - Micro-batches of a step.
 *
 * @see Gao et al., Scaling Deep Contrastive Learning Batch Size under Memory Limited Setup, https://arxiv.org/abs/2101.06983
 */
export function contrastGradients<HostBatch, TensorBatch>(
  { task, runner }: AccumulateOptions<TensorBatch>,
  parts: number,
): BatchGradients<HostBatch> {
  const { features, loss } = task.contrast!;
  const whole = (params: Tree<Tensor>, all: Features<Tensor>): WholeBatch<Tensor> => {
    const { aux, gradients } = valueAndGradients(
      (inputs) => {
        const { value, metrics } = loss(inputs.params, inputs.all);
        return { value, aux: metrics };
      },
      { params, all },
    );
    return { metrics: aux, sum: gradients.params, features: gradients.all };
  };
  const backward = (
    params: Tree<Tensor>,
    sum: Tree<Tensor>,
    batch: TensorBatch,
    slopes: Features<Tensor>,
  ): { sum: Tree<Tensor> } => {
    const { gradients } = valueAndGradients((weights) => {
      const terms = Object.entries(features(weights, batch)).map(([name, each]) =>
        total(mul(each, slopes[name]!)),
      );
      return { value: terms.reduce((a, b) => add(a, b)) as Scalar };
    }, params);
    return { sum: zipTrees(sum, gradients, (a, b) => add(a, b)) };
  };
  let programs: ReturnType<typeof compiled> | undefined;
  const compiled = () => ({
    features: runner<Features<NdArray>>('features', features),
    whole: runner<WholeBatch<NdArray>>('contrast', whole),
    backward: runner<{ sum: Tree<NdArray> }>('micro-batch', backward, [1]),
  });
  return {
    passes: 2,
    async of(params, next): Promise<BatchSum> {
      programs ??= compiled();
      const found: Features<NdArray>[] = [];
      for (let index = 0; index < parts; index++)
        found.push(await programs.features.run(params, await next()));
      const { metrics, ...slopes } = await programs.whole.run(params, joined(found));
      let { sum } = slopes;
      for (let index = 0; index < parts; index++) {
        const own = partOf(slopes.features, index, parts);
        ({ sum } = await programs.backward.run(params, sum, await next(), own));
      }
      return { sum, metrics };
    },
    async dispose() {
      await Promise.all(Object.values(programs ?? {}).map((each: Program<unknown>) => each.dispose()));
    },
  };
}

/** Features of all micro-batches, one below the other. */
function joined(parts: readonly Features<NdArray>[]): Features<NdArray> {
  const join = (name: string) => {
    const all = parts.map((part) => part[name]!);
    const [first] = all;
    const length = first!.data.length;
    const data = new Float32Array(length * all.length);
    all.forEach((each, i) => data.set(each.data, i * length));
    return ndArray(data, [first!.shape[0]! * all.length, ...first!.shape.slice(1)]);
  };
  return Object.fromEntries(Object.keys(parts[0]!).map((name) => [name, join(name)]));
}

/** The rows of one of `parts` micro-batches. */
function partOf(features: Features<NdArray>, index: number, parts: number): Features<NdArray> {
  const part = ({ shape, data }: NdArray) => {
    const length = data.length / parts;
    return {
      shape: [shape[0]! / parts, ...shape.slice(1)],
      data: data.slice(index * length, (index + 1) * length),
    };
  };
  return Object.fromEntries(Object.entries(features).map(([name, each]) => [name, part(each)]));
}
