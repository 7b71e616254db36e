import { readFileSync } from 'node:fs';
import { compile, valueAndGradients } from '@m3ae/compile';
import { key } from '@m3ae/random';
import { faultsOf } from '../../errors/test/faults-of.js';
import { countElements, flattenTree, mapTree, ndArray, type NdArray, type Tree } from '@m3ae/tree';
import '@tensorflow/tfjs-backend-cpu';
import {
  add,
  cos,
  memory,
  mul,
  range,
  reshape,
  type Scalar,
  setBackend,
  sum,
  type Tensor,
  type Tensor2D,
  tensor2d,
  type Tensor3D,
} from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  applyClassifier,
  applyClip,
  type ClassifierParams,
  classifierShapes,
  type ClipConfig,
  type ClipInputs,
  type ClipParams,
  clipShapes,
  drawClipNoise,
  drawTrunkNoise,
  initClassifier,
  initClip,
  initM3ae,
  type M3aeParams,
  representClipText,
  representM3ae,
  representTrunk,
  resolveClassifierConfig,
  resolveClipConfig,
  resolveM3aeConfig,
} from '../src/index.js';
import { toTensor, toTensors } from './helpers/tensors.js';

interface ClipCase {
  readonly attention: 'causal' | 'full';
  readonly pooling: 'last' | 'mean' | 'cls';
  readonly positions: 'learned' | 'fixed';
  readonly imagePooling: 'cls' | 'mean';
  readonly image: number[];
  readonly text: number[];
  readonly gradientNorms: Record<string, number>;
}

interface ClassifierCase {
  readonly pooling: 'cls' | 'mean';
  readonly logits: number[];
  readonly gradientNorms: Record<string, number>;
}

// By PyTorch's own transformer layer: fixtures/make-methods.py.
const fixtures = JSON.parse(readFileSync(new URL('./fixtures/methods.json', import.meta.url), 'utf8')) as {
  clip: ClipCase[];
  classifier: ClassifierCase[];
};

const trunk = {
  embedDim: 8,
  depth: 2,
  heads: 2,
  mlpRatio: 2,
  patchSize: 2,
  vocabSize: 11,
  gelu: 'erf',
} as const;
const textSizes = { dim: 12, depth: 2, heads: 3, length: 6 };
const patches = ndArray(
  Float32Array.from({ length: 2 * 9 * 12 }, (_, i) => Math.sin(0.05 * i)),
  [2, 9, 12],
);
const tokenIds = ndArray(Int32Array.of(1, 3, 5, 7, 9, 0, 4, 6, 8, 0, 0, 0), [2, 6]);
const paddingMask = ndArray(Float32Array.of(0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 1, 1), [2, 6]);
const inputs = { patches, tokenIds, paddingMask };

function configOf({ attention, pooling, positions, imagePooling }: ClipCase): ClipConfig {
  const textTower = { ...textSizes, attention, pooling, positions };
  return resolveClipConfig(trunk, { textTower, sharedDim: 5, pooling: imagePooling });
}

/** Leaf j of the sorted paths, element i: .3 sin(1 + .37 i + 1.3 j), scales plus 1. */
function byFormula(shapes: Tree<{ readonly shape: readonly number[] }>): Tree<NdArray> {
  const order = flattenTree(shapes as Tree<NdArray>)
    .map(([path]) => path)
    .sort();
  return mapTree(shapes as Tree<NdArray>, ({ shape }, path) => {
    const j = order.indexOf(path);
    const base = path.endsWith('scale') ? 1 : 0;
    const count = shape.reduce((product, n) => product * n, 1);
    const value = (_: unknown, i: number) => base + 0.3 * Math.sin(1 + 0.37 * i + 1.3 * j);
    return ndArray(Float32Array.from({ length: count }, value), [...shape]);
  });
}

const weigh = (x: Tensor) => sum(mul(x, reshape(cos(range(0, x.size)), x.shape)));

/** Results and gradients as one pure function of tensors. */
const clipStep = (config: ClipConfig) => (params: Tree<Tensor>, given: Record<string, Tensor>) =>
  valueAndGradients((tensors: Tree<Tensor>) => {
    const { output } = applyClip(tensors as ClipParams<Tensor>, config, given as never);
    const value = add(weigh(output.image), weigh(output.text)) as Scalar;
    return { value, aux: { image: output.image, text: output.text } };
  }, params) as unknown as Tree<Tensor>;

const classifierStep =
  (config: ReturnType<typeof resolveClassifierConfig>) =>
  (params: Tree<Tensor>, given: { patches: Tensor }) =>
    valueAndGradients((tensors: Tree<Tensor>) => {
      const { output } = applyClassifier(tensors as ClassifierParams<Tensor>, config, given as never);
      return { value: weigh(output) as Scalar, aux: { logits: output } };
    }, params) as unknown as Tree<Tensor>;

const named = (tree: Tree<Tensor>) =>
  new Map(flattenTree<Tensor>(tree).map(([path, leaf]) => [path, Array.from(leaf.dataSync())]));

/** Largest difference, relative where a value is above 1; infinite where lengths differ. */
function farthest(actual: ArrayLike<number>, expected: readonly number[]): number {
  if (actual.length !== expected.length) return Infinity;
  return Math.max(...expected.map((value, i) => Math.abs(value - actual[i]!) / Math.max(1, Math.abs(value))));
}

/** Largest error of the gradients' norms. */
function normError(found: ReadonlyMap<string, ArrayLike<number>>, norms: Record<string, number>): number {
  const actual = Object.keys(norms).map((path) => Math.hypot(...Array.from(found.get(`gradients.${path}`)!)));
  return farthest(actual, Object.values(norms));
}

beforeAll(async () => {
  await setBackend('cpu');
});

describe.each(
  fixtures.clip.map((one) => [`${one.attention}, ${one.pooling}, ${one.positions}`, one] as const),
)('CLIP with %s', (_, one) => {
  const config = configOf(one);
  const params = byFormula(clipShapes(config) as unknown as Tree<never>);

  test('is that of PyTorch', () => {
    const found = named(clipStep(config)(toTensors(params), toTensors(inputs)));
    expect(farthest(found.get('aux.image')!, one.image)).toBeLessThan(2e-5);
    expect(farthest(found.get('aux.text')!, one.text)).toBeLessThan(2e-5);
    expect(normError(found, one.gradientNorms)).toBeLessThan(5e-5);
  });

  test('compiled', async () => {
    const compiled = compile(clipStep(config) as never, { threads: 1 });
    const result = (await compiled(params as never, inputs as never)) as Tree<NdArray>;
    const found = new Map(flattenTree<NdArray>(result).map(([path, { data }]) => [path, data]));
    expect(farthest(found.get('aux.image')!, one.image)).toBeLessThan(2e-5);
    expect(farthest(found.get('aux.text')!, one.text)).toBeLessThan(2e-5);
    expect(normError(found, one.gradientNorms)).toBeLessThan(5e-5);
    await compiled.dispose();
  });

  test('does not see what stands in the padding', () => {
    const tensors = toTensors<ClipParams<Tensor>>(params);
    const filled = { ...tokenIds, data: tokenIds.data.map((id, at) => (paddingMask.data[at] ? 10 : id)) };
    const embed = (ids: NdArray) =>
      representClipText(tensors, config, {
        tokenIds: toTensor(ids as NdArray) as Tensor2D,
        paddingMask: toTensor(paddingMask) as Tensor2D,
      }).output;
    expect(
      farthest(embed(filled as NdArray).dataSync(), Array.from(embed(tokenIds).dataSync())),
    ).toBeLessThan(1e-6);
  });

  test('a text without a real token is finite, and so are the gradients', () => {
    const none = { ...inputs, paddingMask: ndArray(new Float32Array(12).fill(1), [2, 6]) };
    const found = named(clipStep(config)(toTensors(params), toTensors(none)));
    for (const values of found.values()) expect(values.every(Number.isFinite)).toBe(true);
    const zero = found.get('aux.text')!.every((value) => value === 0);
    expect(zero).toBe(one.pooling !== 'cls');
  });
});

describe.each(fixtures.classifier.map((one) => [one.pooling, one] as const))(
  'a classifier of %s',
  (pooling, one) => {
    const config = resolveClassifierConfig(trunk, { classes: 7, pooling });
    const params = byFormula(classifierShapes(config) as unknown as Tree<never>);

    test('is that of PyTorch', () => {
      const found = named(classifierStep(config)(toTensors(params), { patches: toTensor(patches) }));
      expect(farthest(found.get('aux.logits')!, one.logits)).toBeLessThan(2e-5);
      expect(normError(found, one.gradientNorms)).toBeLessThan(5e-5);
    });

    test('compiled', async () => {
      const compiled = compile(classifierStep(config) as never, { threads: 1 });
      const result = (await compiled(params as never, { patches } as never)) as Tree<NdArray>;
      const found = new Map(flattenTree<NdArray>(result).map(([path, { data }]) => [path, data]));
      expect(farthest(found.get('aux.logits')!, one.logits)).toBeLessThan(2e-5);
      expect(normError(found, one.gradientNorms)).toBeLessThan(5e-5);
      await compiled.dispose();
    });
  },
);

describe('the trunk', () => {
  const clip = configOf(fixtures.clip[0]!);
  const classifier = resolveClassifierConfig(trunk, { classes: 7 });

  test('starts with the same numbers in every method, and gives the same tokens', () => {
    const reference = initM3ae(key(5), resolveM3aeConfig(trunk));
    const given = { patches: toTensor(patches) as Tensor3D };
    const config = resolveM3aeConfig(trunk);
    const expected = representM3ae(toTensors<M3aeParams<Tensor>>(reference), config, given).output.dataSync();
    for (const params of [initClip(key(5), clip), initClassifier(key(5), classifier)]) {
      const tokens = representTrunk(toTensors(params), config, given).output;
      expect(tokens.shape).toEqual([2, 10, 8]);
      expect(tokens.dataSync()).toEqual(expected);
    }
  });

  test('has no decoder and no mask token', () => {
    for (const shapes of [clipShapes(clip), classifierShapes(classifier)]) {
      const paths = flattenTree(shapes as unknown as Tree<NdArray>).map(([path]) => path);
      expect(paths.filter((path) => /decoder|Mask|Head/.test(path))).toEqual([]);
    }
    // By hand: trunk 8 + 8 + 13 * 8 + 2 * (4 * 8 + 9 * 24 + 9 * 8 + 9 * 16 + 17 * 8) + 16, head 16 + 9 * 7.
    const trunkCount = 8 + 8 + 104 + 2 * (32 + 216 + 72 + 144 + 136) + 16;
    expect(countElements(classifierShapes(classifier) as never)).toBe(trunkCount + 16 + 63);
  });

  test('first values: LeCun-normal head, scaled maps, the scale of the original', () => {
    const wide = resolveClassifierConfig({ size: 'small', depth: 1 }, { classes: 100 });
    const { kernel, bias } = initClassifier(key(0), wide).classifier.output;
    const deviation = (values: ArrayLike<number>) =>
      Math.sqrt(Array.from(values).reduce((total, value) => total + value * value, 0) / values.length);
    expect(deviation(kernel.data) * Math.sqrt(384)).toBeCloseTo(1, 1);
    expect(Math.max(...kernel.data) * Math.sqrt(384)).toBeLessThan(2 / 0.8796 + 1e-3);
    expect(bias.data.every((value) => value === 0)).toBe(true);
    const { logitScale, imageProjection } = initClip(
      key(0),
      resolveClipConfig(
        { size: 'small', depth: 1, vocabSize: 10 },
        { textTower: { length: 4, depth: 1 }, sharedDim: 64 },
      ),
    );
    expect(logitScale.data[0]).toBeCloseTo(2.65926, 4);
    expect(deviation(imageProjection.kernel.data) * Math.sqrt(384)).toBeCloseTo(1, 1);
  });
});

test('noise drops in both towers, the same for the same key, and none without it', () => {
  const textTower = { ...textSizes, pooling: 'cls', attention: 'full' } as const;
  const config = resolveClipConfig(
    { ...trunk, dropout: 0.2, attentionDropout: 0.2, dropPath: 0.3, dropPathSchedule: 'linear' },
    { textTower },
  );
  const params = toTensors<ClipParams<Tensor>>(initClip(key(1), config));
  const shape = { batch: 2, imageTokens: 9, textTokens: 6 };
  const run = (seed?: number) => {
    const noise =
      seed === undefined
        ? undefined
        : toTensors<Tree<Tensor>>(drawClipNoise(key(seed), config, shape) as never);
    const { image, text } = applyClip(params, config, { ...toTensors<ClipInputs>(inputs), noise }).output;
    return [Array.from(image.dataSync()), Array.from(text.dataSync())];
  };
  expect(run(1)).toEqual(run(1));
  const [plain, first, second] = [run(), run(1), run(2)];
  for (const tower of [0, 1]) {
    expect(first[tower]).not.toEqual(plain[tower]);
    expect(first[tower]).not.toEqual(second[tower]);
  }
  const trunkNoise = drawTrunkNoise(key(1), config, { batch: 2, imageTokens: 9 });
  expect(trunkNoise.encoder.blocks[0]!.attention!.shape).toEqual([2, 2, 10, 10]);
  expect(trunkNoise.encoder.blocks[0]!.attentionPath).toBeUndefined(); // a linear ramp starts at 0
  expect(trunkNoise.encoder.blocks[1]!.attentionPath!.shape).toEqual([2]);
});

test('nothing but the results is left behind', () => {
  const config = configOf(fixtures.clip[0]!);
  const params = toTensors<ClipParams<Tensor>>(initClip(key(1), config));
  const given = toTensors<never>(inputs);
  const before = memory().numTensors;
  const { output, activations } = applyClip(params, config, given);
  const results = new Set([
    output.image.id,
    output.text.id,
    ...Object.values(activations).map(({ id }) => id),
  ]);
  expect(memory().numTensors - before).toBe(results.size);
});

test('a longer text than the model knows, and every other misfit, is named', () => {
  const config = configOf(fixtures.clip[0]!);
  const params = toTensors<ClipParams<Tensor>>(initClip(key(1), config));
  const long = tensor2d(new Int32Array(14), [2, 7], 'int32');
  const pictures = { patches: toTensor(patches) as Tensor3D };
  expect(() => applyClip(params, config, { ...pictures, tokenIds: long })).toThrow(
    'tokenIds must be [2, textLength] with textLength up to 6; received [2,7]. Cut longer texts off; give each picture one text.',
  );
  const wrong = { tokenIds: tensor2d([1, 2], [2, 1]), paddingMask: tensor2d([0, 0], [1, 2]) };
  expect(() => applyClip(params, config, { ...pictures, ...wrong })).toThrow(
    'tokenIds must be of type int32; received float32. Build it from an Int32Array.\n' +
      'paddingMask must be of the shape of tokenIds, [2,1]; received [1,2]. Give each token one entry: 1 = padding, 0 = real.',
  );
});

test('shorter texts than the longest are fine', () => {
  const config = configOf(fixtures.clip[0]!);
  const params = toTensors<ClipParams<Tensor>>(byFormula(clipShapes(config) as unknown as Tree<never>));
  const short = tensor2d([4, 6, 8], [1, 3], 'int32');
  const { output } = representClipText(params, config, { tokenIds: short });
  expect(farthest(output.dataSync(), fixtures.clip[0]!.text.slice(5))).toBeLessThan(1e-5);
});

const clipFaults: [change: object, message: string][] = [
  [
    { heads: 5 },
    'textTower.heads must be a divisor of dim (12); received 5. Each head takes an equal share; use e.g. 4.',
  ],
  [
    { pooling: 'cls' },
    'textTower.pooling must be last or mean with causal attention; received cls. A first token sees no other; set attention to full.',
  ],
  [
    { length: 0 },
    'textTower.length must be a positive integer; received 0. Leave it out to follow the trunk.',
  ],
  [{ attention: 'both' }, 'textTower.attention must be one of causal, full; received both.'],
];

test.each(clipFaults)('refuses a text tower with %j', (change, message) => {
  const textTower = { ...textSizes, ...change } as never;
  expect(() => resolveClipConfig(trunk, { textTower })).toThrow(message);
});

test('refuses a classifier of one class', () => {
  expect(() => resolveClassifierConfig(trunk, { classes: 1, pooling: 'max' as never })).toThrow(
    'classes must be an integer of at least 2; received 1. ImageNet has 1000.\n' +
      'pooling must be one of cls, mean; received max.',
  );
});

test('faults of a trunk and of what is added to it are told at once', () => {
  const pathsOf = (body: () => unknown) => faultsOf(body).map(({ path }) => path);
  const faulty = { ...trunk, heads: 3, patchsize: 8 };
  const textTower = { ...textSizes, attention: 'causal', pooling: 'cls', depth: 0 } as const;
  expect(pathsOf(() => resolveClipConfig(faulty, { textTower, sharedDim: -1 }))).toEqual([
    'patchsize',
    'heads',
    'textTower.depth',
    'textTower.pooling',
    'sharedDim',
  ]);
  // Heads that follow those of the trunk are told once.
  expect(pathsOf(() => resolveClipConfig(faulty, { textTower: { length: 4 } }))).toEqual([
    'patchsize',
    'heads',
  ]);
  expect(pathsOf(() => resolveClassifierConfig(faulty, { classes: 1 }))).toEqual([
    'patchsize',
    'heads',
    'classes',
  ]);
});

test('a text of the same words has the same vector wherever it stands in the batch', () => {
  const config = configOf(fixtures.clip[1]!);
  const params = toTensors<ClipParams<Tensor>>(initClip(key(3), config));
  const ids = tensor2d(
    [...Array(12).keys()].map((i) => i % 6),
    [2, 6],
    'int32',
  );
  const rows = representClipText(params, config, { tokenIds: ids }).output.arraySync();
  expect(farthest(rows[0]!, rows[1]!)).toBeLessThan(1e-6);
});
