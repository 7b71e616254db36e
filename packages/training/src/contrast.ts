import { disposeArrays, type Program, valueAndGradients } from '@m3ae/compile';
import { type NdArray, ndArray, type Tree, zipTrees } from '@m3ae/tree';
import { add, mul, type Scalar, sum as total, type Tensor } from '@tensorflow/tfjs-core';
import {
  type AccumulateOptions,
  arraysOf,
  type BatchGradients,
  type BatchPeers,
  type BatchSum,
  emptying,
  ownPlaces,
  takeArrays,
  takingTurns,
} from './accumulate.js';

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
  { task, runner, peers }: AccumulateOptions<TensorBatch>,
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
    ofFeatures: Features<Tensor>,
  ): { sum: Tree<Tensor> } => {
    const { gradients } = valueAndGradients((weights) => {
      const terms = Object.entries(features(weights, batch)).map(([name, each]) =>
        total(mul(each, ofFeatures[name]!)),
      );
      return { value: terms.reduce((a, b) => add(a, b)) as Scalar };
    }, params);
    return { sum: zipTrees(sum, gradients, (a, b) => add(a, b)) };
  };
  const empty = emptying(runner);
  const nextSum = takingTurns(empty.of, peers);
  let last: Tree<NdArray> = [];
  let programs: ReturnType<typeof compiled> | undefined;
  const compiled = () => ({
    features: runner<Features<NdArray>>('features', features),
    whole: runner<WholeBatch<NdArray>>('contrast', whole),
    backward: runner<{ sum: Tree<NdArray> }>('micro-batch', backward, [1]),
  });
  return {
    passes: 2,
    async of(params, next, signal): Promise<BatchSum> {
      programs ??= compiled();
      disposeArrays(last);
      last = [];
      const places = ownPlaces(parts, peers);
      const found: Features<NdArray>[] = [];
      for (const _ of places) {
        signal?.throwIfAborted();
        found.push(await takeArrays(await programs.features.run(params, await next())));
      }
      const { metrics, ...gradients } = await programs.whole.run(params, await joined(found, peers));
      let { sum } = gradients;
      try {
        const features = await takeArrays(gradients.features);
        // Gradients that reach parameters through no feature, such as that of a scale, count once: with the first micro-batch.
        if (places[0] !== 0) sum = await empty.of(sum);
        for (const index of places) {
          signal?.throwIfAborted();
          const own = partOf(features, index, parts);
          ({ sum } = await programs.backward.run(params, sum, await next(), own));
          if (!peers) continue;
          sum = await takeArrays(sum);
          if (index + peers.size >= parts) {
            await peers.finish(arraysOf(sum));
            break;
          }
          await peers.add(arraysOf(sum));
          sum = await nextSum(sum);
        }
      } catch (error) {
        disposeArrays([sum, gradients.features, metrics]); // nobody else knows of them
        throw error;
      }
      last = sum;
      return { sum, metrics };
    },
    async dispose() {
      await Promise.all(Object.values(programs ?? {}).map((each: Program<unknown>) => each.dispose()));
      await empty.dispose();
    },
  };
}

/** Features of all micro-batches, one below the other, from those of this process. */
async function joined(own: readonly Features<NdArray>[], peers?: BatchPeers): Promise<Features<NdArray>> {
  const join = async (name: string) => {
    const { shape } = own[0]![name]!;
    const found = own.map((part) => part[name]!.data as Float32Array);
    const all = peers ? await peers.gather(found) : found;
    const length = all[0]!.length;
    const data = new Float32Array(length * all.length);
    all.forEach((each, i) => data.set(each, i * length));
    return ndArray(data, [shape[0]! * all.length, ...shape.slice(1)]);
  };
  const names = Object.keys(own[0]!);
  const arrays: NdArray[] = [];
  for (const name of names) arrays.push(await join(name)); // in one order everywhere
  return Object.fromEntries(names.map((name, i) => [name, arrays[i]!]));
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
