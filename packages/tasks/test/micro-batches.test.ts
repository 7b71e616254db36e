import { createRunner } from '@m3ae/compile';
import type { Batch, BatchRequest } from '@m3ae/datasets';
import { maskStrategy, strategies } from '@m3ae/masking';
import { createMixer, type MixerSource } from '@m3ae/mixing';
import type { Transform } from '@m3ae/optim';
import { foldIn, key, normal, randomInteger } from '@m3ae/random';
import { type BatchCut, type BatchPeers, createTrainStep, mixedBatches, type Task } from '@m3ae/training';
import { resolveClipConfig, resolveM3aeConfig } from '@m3ae/transformer';
import { flattenTree, mapTree, type NdArray, ndArray, type Tree, zerosArray } from '@m3ae/tree';
import { zerosLike } from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { faultsOf } from '../../errors/test/faults-of.js';
import { clip, m3ae, type M3aeBatch, mae, type Recompute } from '../src/index.js';

const batchSize = 48;
const length = 64;
const sizes = { embedDim: 16, depth: 1, heads: 2, patchSize: 2, vocabSize: 50 };
const model = resolveM3aeConfig({ ...sizes, decoderDim: 16, decoderDepth: 1, decoderHeads: 2 });
const runner = createRunner({ threads: 1 });

/** Pictures of 16 patches, and captions of 0 to 31 pieces: what an example holds depends on its number and on whether its text is used. */
const loader = {
  async load({ indices, useText }: BatchRequest): Promise<Batch> {
    const n = indices.length;
    const pieces = (example: number, at: number) => {
      const words = useText![at] === 1 ? (example * 7) % 32 : 0;
      return randomInteger(key(example), length, 5, 50).map((id, place) => (place < words ? id : 0));
    };
    const join = <Elements extends Float32Array | Int32Array>(
      of: (example: number, at: number) => Elements,
    ) => [...indices].flatMap((example, at) => [...of(example, at)]);
    return {
      indices,
      patches: ndArray(Float32Array.from(join((example) => normal(key(100 + example), 16 * 12))), [
        n,
        16,
        12,
      ]),
      tokenIds: ndArray(Int32Array.from(join(pieces)), [n, length]),
      paddingMask: ndArray(
        Float32Array.from(join(pieces), (id) => (id === 0 ? 1 : 0)),
        [n, length],
      ),
    };
  },
};
const textLoader = {
  async load(request: BatchRequest): Promise<Batch> {
    const { patches: _patches, ...texts } = await loader.load(request);
    return texts;
  },
};
const paired: MixerSource = { name: 'pairs', kind: 'paired', length: 120 };

/** Takes the gradients for its state, so that they can be looked at. */
const keepsGradients: Transform = {
  init: (params) => mapTree<NdArray, NdArray>(params, ({ shape }) => zerosArray(shape)),
  update: (gradients) => ({ updates: mapTree(gradients, zerosLike), state: gradients, metrics: {} }),
};

/** What one step makes of its whole batch, cut or not. */
async function stepOf<Host, Tensors>(
  task: Task<Host, Tensors>,
  accumulate: number,
  sources: readonly MixerSource[] = [paired],
) {
  const step = createTrainStep({ task, optimizer: keepsGradients, schedule: () => 0, runner, accumulate });
  const seen: Host[] = [];
  const feed = feedOf(task, sources, step.cut);
  const next = async () => {
    const { batch } = await feed.next();
    seen.push(batch);
    return batch;
  };
  const { state, metrics } = await step.run(step.init(key(3)).state, next, 0);
  await step.dispose();
  return { gradients: state.optimizer, metrics, seen };
}

function feedOf<Host>(task: Task<Host, never>, sources: readonly MixerSource[], cut?: BatchCut) {
  const mixer = createMixer({ key: key(1), batchSize, sources, pairedShare: 0.8 });
  const loaders = { pairs: loader, texts: textLoader };
  const collate: Task<Host>['collate'] = (examples, draw) => task.collate(examples, draw);
  return mixedBatches({ mixer, loaders, collate, key: key(2), prefetch: 1 }).read({
    state: null,
    first: 0,
    last: 1,
    cut,
  });
}

/** Largest difference, relative to the largest element of the leaf. */
function relativeDifference(ours: Tree<NdArray>, expected: Tree<NdArray>): number {
  const others = new Map(flattenTree<NdArray>(expected));
  const leaves = flattenTree<NdArray>(ours);
  expect(leaves.map(([path]) => path).sort()).toEqual([...others.keys()].sort());
  const all = Math.max(...[...others.values()].map(({ data }) => largest(data)));
  return Math.max(
    ...leaves.map(([path, { data }]) => {
      const other = others.get(path)!.data;
      // A leaf of rounding errors, such as the biases of keys, has no size of its own.
      return largest(data.map((x, i) => x - other[i]!)) / Math.max(largest(other), 1e-3 * all);
    }),
  );
}

const largest = (data: NdArray['data']) =>
  (data as Float32Array).reduce((most, x) => Math.max(most, Math.abs(x)), 0);

describe('the gradient of micro-batches is that of the whole batch', () => {
  const loss = { textWeight: 0.5, unpairedTextWeight: 0.3 };

  test.each([2, 6, 48])(
    'm3ae in %d parts, with captions of unequal length and texts alone',
    async (parts) => {
      const sources = [paired, { name: 'texts', kind: 'text', length: 100 }] as const;
      const task = m3ae({ model, loss });
      const [whole, cut] = [await stepOf(task, 1, sources), await stepOf(task, parts, sources)];
      expect(whole.seen[0]!.textRows).toBeDefined();
      expect(cut.seen).toHaveLength(parts);
      // Listed rows point into their own micro-batch, and small ones have no list.
      expect(cut.seen[0]!.textRows !== undefined).toBe(parts === 2);
      expect(relativeDifference(cut.gradients, whole.gradients)).toBeLessThan(2e-6);
      expect(relativeDifference(cut.metrics, whole.metrics)).toBeLessThan(1e-6);
    },
  );

  test('with dropout and drop path, and a mask that all share', async () => {
    const noisy = resolveM3aeConfig({ ...model, dropout: 0.2, attentionDropout: 0.1, dropPath: 0.3 });
    const task = m3ae({ model: noisy, loss: { textWeight: 0.5 }, maskScope: 'batch' });
    const [whole, cut] = [await stepOf(task, 1), await stepOf(task, 4)];
    expect(relativeDifference(cut.gradients, whole.gradients)).toBeLessThan(2e-6);
  });

  test.each([2, 8, 48])('clip in %d parts: the contrast spans the whole batch', async (parts) => {
    const textTower = { dim: 16, depth: 1, heads: 2, length } as const;
    const trunk = { ...sizes, dropPath: 0.3 };
    const task = clip({ model: resolveClipConfig(trunk, { textTower, sharedDim: 8 }) });
    const [whole, cut] = [await stepOf(task, 1), await stepOf(task, parts)];
    expect(whole.metrics.pairedRatio!.data[0]).toBeLessThan(1); // some have no caption
    expect(cut.seen).toHaveLength(2 * parts);
    expect(relativeDifference(cut.gradients, whole.gradients)).toBeLessThan(2e-6);
    expect(relativeDifference(cut.metrics, whole.metrics)).toBeLessThan(1e-6);
  });
});

describe('blocks that are computed again give the same gradient', () => {
  test.each(['m3ae', 'mae', 'clip'] as const)('%s', async (method) => {
    const textTower = { dim: 16, depth: 2, heads: 2, length } as const;
    const noisy = { dropout: 0.1, dropPath: 0.3, depth: 2 };
    const make = (recompute: Recompute): Task<unknown> => {
      if (method === 'm3ae') return m3ae({ model: resolveM3aeConfig({ ...model, ...noisy }), recompute });
      if (method === 'mae') return mae({ model: resolveM3aeConfig({ ...model, depth: 3 }), recompute });
      const config = resolveClipConfig({ ...sizes, ...noisy }, { textTower, sharedDim: 8 });
      return clip({ model: config, recompute });
    };
    const [kept, again] = [await stepOf(make('none'), 2), await stepOf(make('blocks'), 2)];
    expect(relativeDifference(again.gradients, kept.gradients)).toBeLessThan(1e-6);
    expect(relativeDifference(again.metrics, kept.metrics)).toBeLessThan(1e-6);
  });
});

describe('what an example draws comes from its place in the whole batch', () => {
  const rowsOf = (batches: readonly M3aeBatch[], pick: (batch: M3aeBatch) => NdArray) =>
    batches.flatMap((batch) => {
      const { shape, data } = pick(batch);
      return Array.from({ length: shape[0]! }, (_, row) => {
        const width = data.length / shape[0]!;
        return data.slice(row * width, (row + 1) * width);
      });
    });
  const collected = async (task: Task<M3aeBatch, never>, parts: number) => {
    const feed = feedOf(task, [paired], { parts });
    return Promise.all(Array.from({ length: parts }, async () => (await feed.next()).batch));
  };

  test.each(['random', 'block', 'span'] as const)('masks of strategy %s', async (name) => {
    const hiding = {
      masking: name === 'block' ? maskStrategy({ strategy: name, minBlock: 2 }) : strategies[name],
    };
    const text = { ...(name !== 'block' && hiding), leaveOutPadding: false };
    const task = m3ae({ model, image: hiding, text });
    const [whole, cut] = [await collected(task, 1), await collected(task, 3)];
    for (const part of ['idsKeep', 'idsHidden', 'mask'] as const) {
      for (const plan of ['imagePlan', 'textPlan'] as const) {
        const pick = (batch: M3aeBatch) => batch[plan]![part] as NdArray;
        expect(rowsOf(cut, pick), `${plan}.${part}`).toEqual(rowsOf(whole, pick));
      }
    }
  });

  test('altered pieces', async () => {
    const task = m3ae({ model, text: { corruption: { maskRatio: 0.5, maskId: 3, specialIds: [0] } } });
    const [whole, cut] = [await collected(task, 1), await collected(task, 3)];
    expect(rowsOf(cut, ({ inputIds }) => inputIds!)).toEqual(rowsOf(whole, ({ inputIds }) => inputIds!));
    expect(rowsOf(cut, ({ inputIds }) => inputIds!)).not.toEqual(rowsOf(cut, ({ tokenIds }) => tokenIds!));
  });
});

/** Processes of a batch, within this one: each waits until all have come. */
function peersInProcess(size: number): BatchPeers[] {
  const given: Float32Array[][][] = [];
  const gathered: (readonly Float32Array[])[] = [];
  let arrived = 0;
  let open: () => void;
  let gate = new Promise<void>((resolve) => (open = resolve));
  const meet = async () => {
    const own = gate;
    if (++arrived % size === 0) {
      open();
      gate = new Promise((resolve) => (open = resolve));
    }
    await own;
  };
  const keep = (rank: number, gradients: readonly Float32Array[]) =>
    (given[rank] ??= []).push(gradients.map((each) => each.slice()));
  return Array.from({ length: size }, (_, rank) => ({
    rank,
    size,
    borrows: false,
    add: async (gradients) => void keep(rank, gradients),
    async finish(sum) {
      keep(rank, sum);
      await meet();
      const rounds = given[0]!.length;
      const inOrder = Array.from(
        { length: rounds * size },
        (_, g) => given[g % size]![Math.floor(g / size)]!,
      );
      sum.forEach((array, leaf) => {
        array.fill(0);
        for (const micro of inOrder) array.forEach((value, i) => (array[i] = value + micro[leaf]![i]!));
      });
      await meet();
      given[rank] = [];
    },
    async gather(own) {
      gathered[rank] = own.map((each) => each.slice());
      await meet();
      const all = Array.from(
        { length: own.length * size },
        (_, g) => gathered[g % size]![Math.floor(g / size)]!,
      );
      await meet();
      return all;
    },
  }));
}

const clipTask = () =>
  clip({
    model: resolveClipConfig(
      { embedDim: 16, depth: 1, heads: 2, patchSize: 2, vocabSize: 50 },
      { textTower: { dim: 16, depth: 1, heads: 2, length, pooling: 'mean' }, sharedDim: 8 },
    ),
  });

describe.each([
  ['a mean over examples', () => mae({ model })],
  ['a contrast over the batch', clipTask],
])('%s', (_, taskOf) => {
  const task = taskOf() as Task;
  const accumulate = 4;
  const make = (replicas: number, peers?: BatchPeers, precision: 'float32' | 'auto' = 'float32') =>
    createTrainStep({
      task,
      optimizer: keepsGradients,
      schedule: () => 0,
      runner: createRunner({ threads: 1, sessions: replicas, precision }),
      accumulate,
      replicas,
      peers,
    });
  const run = async (...args: Parameters<typeof make>) => {
    const step = make(...args);
    const feed = feedOf(task, [paired], step.cut);
    const next = async () => (await feed.next()).batch;
    const result = await step.run(step.init(foldIn(key(3), 1)).state, next, 0);
    await step.dispose();
    return result;
  };

  test.each([
    [1, 1],
    [2, 1],
    [4, 1],
    [1, 2],
    [1, 4],
    [2, 2],
  ])('%d processes of %d replicas make the same update, to the bit', async (size, replicas) => {
    const alone = await run(1);
    const peers = size === 1 && replicas > 1 ? [undefined] : peersInProcess(size);
    const results = await Promise.all(peers.map((each) => run(replicas, each)));
    results.forEach((result) => expect(result).toEqual(alone));
  });

  test('so do replicas with products in bf16, where this machine has them', async () => {
    const alone = await run(1, undefined, 'auto');
    for (const replicas of [2, 4]) expect(await run(replicas, undefined, 'auto')).toEqual(alone);
  });

  test('a replica that fails ends the step for all, and the next step begins anew', async () => {
    const alone = await run(1);
    const step = make(2);
    const { state } = step.init(foldIn(key(3), 1));
    for (const bad of [0, 1, 3]) {
      const feed = feedOf(task, [paired], step.cut);
      let asked = 0;
      const next = async () => {
        if (asked++ === bad) throw new Error('no such file');
        return (await feed.next()).batch;
      };
      await expect(step.run(state, next, 0)).rejects.toThrow('no such file');
    }
    const feed = feedOf(task, [paired], step.cut);
    const stop = new AbortController();
    let asked = 0;
    const stopping = async () => {
      if (++asked === 2) stop.abort(new Error('stopped'));
      return (await feed.next()).batch;
    };
    await expect(step.run(state, stopping, 0, stop.signal)).rejects.toThrow('stopped');
    const again = feedOf(task, [paired], step.cut);
    expect(await step.run(state, async () => (await again.next()).batch, 0)).toEqual(alone);
    await step.dispose();
  });

  test('replicas that do not divide the micro-batches are refused', () => {
    expect(faultsOf(() => make(3))).toMatchObject([
      { path: 'replicas', received: '3', rule: 'a divisor of the 4 micro-batches of this process' },
    ]);
    expect(faultsOf(() => make(4, peersInProcess(2)[0]))).toMatchObject([{ path: 'replicas' }]);
    expect(faultsOf(() => make(0.5))).toMatchObject([{ path: 'replicas' }]);
  });
});
