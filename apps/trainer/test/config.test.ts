import { expect, test } from 'vitest';
import { InvalidInput, isInvalidInput, sentencesOf } from '@m3ae/errors';
import { faultsOf as problemsOf } from '../../../packages/errors/test/faults-of.js';
import { applyOverrides, resolveConfig } from '../src/config/resolve.js';

const good = {
  data: { source: { kind: 'emoji' } },
  model: { size: 'small' },
  train: { steps: 10 },
};

function faultsOf(config: unknown): readonly string[] {
  try {
    resolveConfig(config);
  } catch (error) {
    if (isInvalidInput(error)) return sentencesOf(error);
    throw error;
  }
  return [];
}

test('defaults are those of the paper', () => {
  const config = resolveConfig(good);
  expect(config.image).toMatchObject({ size: 256, patchSize: 16, maskRatio: 0.75 });
  expect(config.text).toMatchObject({ maxLength: 64, maskRatio: 0.75 });
  expect(config.loss).toMatchObject({ imageWeight: 1, textWeight: 0.5, unpairedTextWeight: 0 });
  expect(config.optimizer).toMatchObject({ peakLearningRate: 1.5e-4, b1: 0.9, b2: 0.95, weightDecay: 0.05 });
});

const one: [name: string, change: object, message: string][] = [
  [
    'a misspelt key',
    { image: { maskRation: 0.5 } },
    'image.maskRation must be a known setting; received 0.5. Did you mean maskRatio?',
  ],
  ['a misspelt section', { modell: {} }, 'modell must be a known setting; received {}. Did you mean model?'],
  [
    'a key like no other',
    { log: { zebra: 1 } },
    'log.zebra must be a known setting; received 1. Known names: everySteps, tensorboard.',
  ],
  [
    'a wrong type',
    { train: { steps: 'many' } },
    'train.steps must be a positive integer; received "many". Updates in all; or give epochs.',
  ],
  [
    'a wrong range',
    { image: { maskRatio: 75 } },
    'image.maskRatio must be in [0, 1); received 75. Write three quarters as 0.75, not 75.',
  ],
  [
    'a ratio that leaves no patch',
    { image: { maskRatio: 0.999 } },
    'image.maskRatio must be low enough to leave one of 256 patches; received 0.999. Use at most 0.99.',
  ],
  [
    'a ratio that leaves no word piece',
    { text: { maskRatio: 0.9, maxLength: 8 } },
    'text.maskRatio must be low enough to leave one of 8 word pieces; received 0.9. Use at most 0.87.',
  ],
  [
    'a ratio that hides nothing',
    { image: { maskRatio: 0 } },
    'image.maskRatio must be high enough to hide one of 256 patches; received 0. Use 0.75, or set loss.imageAllTokens to true.',
  ],
  [
    'an image size that the patch size does not divide',
    { image: { size: 250 } },
    'image.size must be a multiple of image.patchSize = 16; received 250. Use 240 or 256.',
  ],
  [
    'heads that do not divide the width',
    { model: { embedDim: 100, depth: 2, heads: 3 } },
    'model.heads must be a divisor of embedDim (100); received 3. Each head takes an equal share of the width; use e.g. 2.',
  ],
  [
    'a model without a size',
    { model: { embedDim: 64 } },
    'model must be given by size, or by embedDim, depth and heads; received no depth, heads. Write e.g. model: { size: "small" }.',
  ],
  [
    'an unknown kind of source',
    { data: { source: { kind: 'video' } } },
    'data.source.kind must be one of "folder", "table", "webdataset", "parquet", "hdf5", "idx", "module", "emoji", "scenes"; received "video". Write e.g. data: { source: { kind: "folder", path: "./photos" } }, or its address, "folder:./photos".',
  ],
  [
    'a folder without a path',
    { data: { source: { kind: 'folder' } } },
    'data.source.path must be a folder path; received nothing. Name the folder of the pictures, e.g. "./photos".',
  ],
  [
    'micro-batches that do not divide the batch',
    { train: { steps: 1, batchSize: 10, accumulate: 3 } },
    'train.accumulate must be a divisor of train.batchSize = 10; received 3. Use 2.',
  ],
  [
    'replicas that do not divide the micro-batches',
    { train: { steps: 1, batchSize: 12, accumulate: 6, replicas: 4, threads: 1 } },
    'train.replicas must be a divisor of train.accumulate = 6; received 4. Use 3, or raise train.accumulate.',
  ],
  [
    'replicas op by op',
    { train: { steps: 1, batchSize: 8, accumulate: 2, replicas: 2, threads: 1, engine: 'eager' } },
    'train.replicas must be 1 but on the CPU with train.engine "compiled"; received 2. Leave it out.',
  ],
  [
    'replicas of any number of threads',
    { train: { steps: 1, batchSize: 8, accumulate: 2, replicas: 2 } },
    'train.threads must be set where train.replicas is above 1: it is that of each replica; received nothing. Set it to 1.',
  ],
  [
    'steps and epochs',
    { train: { steps: 1, epochs: 1 } },
    'train must be given either steps or epochs; received both. Write e.g. train: { epochs: 100 }.',
  ],
  [
    'text alone for the image-only model',
    {
      method: 'mae',
      data: { ...good.data, unpairedText: { kind: 'wordnet' } },
      loss: { unpairedTextWeight: 1 },
    },
    'data.unpairedText must be null with method "mae"; received a text source. Leave it out, or use method "m3ae".',
  ],
  [
    'a section that is no record',
    { loss: 3 },
    'loss must be a record of settings; received 3. Write { imageWeight, textWeight, … }.',
  ],
  [
    'a schedule that is none',
    { optimizer: { warmup: { stps: 3 } } },
    'optimizer.warmup must be { steps }, { epochs } or { share }; received {"stps":3}. Write e.g. { share: 0.1 } for a tenth of all steps.',
  ],
];

test.each(one)('%s is refused', (_name, change, message) => {
  expect(faultsOf({ ...good, ...change })).toEqual([message]);
});

test('all faults are told at once', () => {
  const faults = faultsOf({ image: { maskRation: 1, size: 'x' }, train: { steps: -1 }, dat: {} });
  expect(faults.map((fault) => fault.split(' ')[0])).toEqual(
    expect.arrayContaining(['data', 'image.size', 'image.maskRation', 'train.steps', 'dat']),
  );
});

test('a config that is no record is refused', () => {
  expect(faultsOf(7)).toEqual([
    'The config must be a record of settings; received 7. Write { name, method, … }.',
  ]);
});

test('--set reaches into sections and leaves the file alone', () => {
  const file = { train: { steps: 5 } };
  const changed = applyOverrides(file, [
    'train.steps=20',
    'image.mean=[0.5,0.5,0.5]',
    'name=try=1',
    'train.steps=30',
  ]);
  expect(changed).toEqual({ train: { steps: 30 }, image: { mean: [0.5, 0.5, 0.5] }, name: 'try=1' });
  expect(file).toEqual({ train: { steps: 5 } });
});

test.each(['train.steps', '=5', 'a..b=1', '__proto__.x=1'])('--set %s is refused', (assignment) => {
  expect(() => applyOverrides({}, [assignment])).toThrow(
    `--set must be PATH=VALUE; received ${assignment}. Write e.g. --set train.steps=20.`,
  );
});

const pathsOf = (config: unknown) => faultsOf(config).map((fault) => fault.split(' ')[0]);

test('what shows only between two settings is told together with faults of others', () => {
  const config = {
    data: { source: { kind: 'folder', path: 'photos', labels: 'colum' }, workers: 1e9 },
    image: { size: 250, maskRatio: 75, crop: { kind: 'square', min: 9, max: 8 } },
    model: { embedDim: 100, depth: 2, heads: 3, dropout: 2 },
    optimizer: { layers: 'reference' },
    train: { batchSize: 10, accumulate: 3, stepps: 4 },
    log: { every: 3 },
  };
  expect(pathsOf(config).sort()).toEqual([
    'data.source.labels',
    'data.workers',
    'image.crop.min',
    'image.maskRatio',
    'image.size',
    'log.every',
    'model.dropout',
    'model.heads',
    'optimizer.layers',
    'train.stepps', // no word on train.accumulate or on missing steps: the section may mean something else
  ]);
});

test.each<[string, object, string[]]>([
  ['a faulty size', { image: { size: 'x', patchSize: 7 } }, ['image.size']],
  [
    'a section that is no record',
    { image: 3, train: { steps: 1, batchSize: 3, accumulate: 2 } },
    ['image', 'train.accumulate'],
  ],
  ['a misspelt section', { model: undefined, modell: { size: 'small' } }, ['modell']],
  [
    'a misspelt method',
    { method: 'm3a', loss: { normalizeTargets: true }, image: { size: 250 } },
    ['method', 'image.size'],
  ],
  ['no data', { data: undefined, image: { size: 250 } }, ['data', 'image.size']],
  [
    'a source without its path',
    { data: { source: { kind: 'folder' } }, image: { size: 250 } },
    ['data.source.path', 'image.size'],
  ],
  [
    'a faulty warm-up',
    { optimizer: { warmup: { stps: 3 } }, image: { size: 250 } },
    ['optimizer.warmup', 'image.size'],
  ],
  [
    'a faulty entry of a list',
    { data: { ...good.data, extra: [{ kind: 'idx' }, 3] }, image: { size: 250 } },
    ['data.extra.0.images', 'data.extra.1', 'image.size'],
  ],
])('nothing is concluded from %s', (_, change, paths) => {
  expect(pathsOf({ ...good, ...change })).toEqual(paths);
});

test.each([
  ['cpu', []],
  ['cuda', []],
  ['webgpu', ['train.precision']],
])('bf16 on device %s has the faults %j', (device, faults) => {
  expect(pathsOf({ ...good, train: { ...good.train, device, precision: 'bf16' } })).toEqual(faults);
  expect(pathsOf({ ...good, train: { ...good.train, device, precision: 'auto' } })).toEqual([]);
});

test('--set joins the address of a source, and wants a list', () => {
  const file = { data: { source: 'jsonl:pairs.jsonl' } };
  expect(applyOverrides(file, ['data.source.imageKey=photo', 'data.source.captionKey=text'])).toEqual({
    data: { source: { kind: 'table', path: 'pairs.jsonl', imageKey: 'photo', captionKey: 'text' } },
  });
  const text = 'train.steps=20' as unknown as readonly string[]; // as JavaScript may call it
  expect(() => applyOverrides({}, text)).toThrow(InvalidInput);
});

test('--set of a whole section joins settings of it that stand before it, as after it', () => {
  const joined = {
    data: { source: { kind: 'table', path: 'pairs.jsonl', imageKey: 'photo', captionKey: 'text' } },
  };
  const whole = 'data.source=jsonl:pairs.jsonl';
  const [image, caption] = ['data.source.imageKey=photo', 'data.source.captionKey=text'];
  for (const order of [
    [whole, image, caption],
    [image, whole, caption],
    [image, caption, whole],
    [image, 'data.source={"kind":"folder","path":"a"}', whole, caption],
    [image, 'data={"source":"jsonl:pairs.jsonl"}', caption],
  ])
    expect(applyOverrides({ data: { source: 'folder:before' } }, order), order.join(' ')).toEqual(joined);
  expect(applyOverrides({}, ['train.steps=2', 'train={"batchSize":8,"steps":2}'])).toEqual({
    train: { steps: 2, batchSize: 8 },
  });
});

test.each([
  [['data.source.path=a', 'data.source=folder:b'], 'data.source'],
  [['data.source.path=a', 'data={"source":"folder:b"}'], 'data'],
  [['data.source.imageKey=a', 'data.source=photos'], 'data.source'],
  [['train.steps=5', 'train=null'], 'train'],
  [['train.steps=5', 'train={"epochs":3}'], 'train'],
  [['optimizer.warmup.steps=5', 'optimizer={"warmup":{"share":0.1}}'], 'optimizer'],
])('--set %j is refused: the second says otherwise than the first', (assignments, section) => {
  expect(problemsOf(() => applyOverrides({}, assignments))).toMatchObject([
    {
      path: '--set',
      rule: 'without contradiction',
      remedy: expect.stringContaining(`write ${section} first`),
    },
  ]);
  expect(() => applyOverrides({}, [...assignments].reverse())).not.toThrow();
});

test('a setting that excludes another takes its place with --set', () => {
  const file = { train: { epochs: 30, batchSize: 8 }, optimizer: { warmup: { share: 0.1 } } };
  expect(applyOverrides(file, ['train.steps=2', 'optimizer.warmup.steps=1'])).toEqual({
    train: { steps: 2, batchSize: 8 },
    optimizer: { warmup: { steps: 1 } },
  });
  expect(applyOverrides(file, ['train.steps=2', 'train.epochs=3'])).toMatchObject({ train: { epochs: 3 } });
  expect(
    faultsOf(applyOverrides({ ...good, ...file }, ['train.steps=2', 'optimizer.warmup.epochs=1'])),
  ).toEqual([]);
});

test('--set PATH=null returns a setting to its default', () => {
  const file = { ...good, image: { size: 96 }, optimizer: { clipNorm: 1 } };
  const changed = applyOverrides(file, ['image.size=null', 'optimizer.clipNorm=null', 'text.maxLength=null']);
  expect(resolveConfig(changed)).toEqual(resolveConfig(good));
  expect(resolveConfig(applyOverrides(file, ['image=null', 'optimizer=null']))).toEqual(resolveConfig(good));
});
