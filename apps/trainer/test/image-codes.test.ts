import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodeSafetensors } from '@m3ae/checkpoint';
import { listCheckpoints } from '@m3ae/checkpoint/files';
import { toOnnx } from '@m3ae/compile';
import { readCommands } from '@m3ae/runs';
import sharp from 'sharp';
import {
  add,
  cast,
  div,
  floor,
  mean,
  mul,
  reshape,
  tensor,
  type Tensor,
  tile,
  transpose,
} from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { labeledWorkplace } from './support/labeled-runs.js';
import { runCommand } from './support/run-command.js';

const codes = 8;
let place: Awaited<ReturnType<typeof labeledWorkplace>>;
const file = (name: string) => join(place.folder, name);

/** A tokenizer of 16 x 16 pixels: the code of a patch of 8 x 8 is its brightness in eighths, and it decodes to that gray. */
beforeAll(async () => {
  place = await labeledWorkplace();
  const pictures = (batch: number) => ({ shape: [batch, 3, 16, 16], data: new Float32Array(batch * 768) });
  const encoder = await toOnnx(
    (x: Tensor) => cast(floor(mul(mean(reshape(x, [-1, 3, 2, 8, 2, 8]), [1, 3, 5]), codes - 0.01)), 'int32'),
    [pictures(2)] as never, // host arrays stand for tensors
    { otherBatch: [pictures(3)], standardOnly: true },
  );
  const ids = (batch: number) => ({ shape: [batch, 2, 2], data: new Int32Array(batch * 4) });
  const decoder = await toOnnx(
    (x: Tensor) =>
      reshape(
        tile(reshape(div(add(cast(x, 'float32'), 0.5), codes), [-1, 1, 2, 1, 2, 1]), [1, 3, 1, 8, 1, 8]),
        [-1, 3, 16, 16],
      ),
    [ids(2)] as never, // as above
    { otherBatch: [ids(3)], standardOnly: true },
  );
  // The same by code books: of brightness, and of whole patches of one gray.
  const brightness = await toOnnx(
    (x: Tensor) => reshape(mean(reshape(x, [-1, 3, 2, 8, 2, 8]), [1, 3, 5]), [-1, 1, 2, 2]),
    [pictures(2)] as never, // as above
    { otherBatch: [pictures(3)], standardOnly: true },
  );
  const ofPatches = await toOnnx(
    (x: Tensor) => reshape(transpose(reshape(x, [-1, 3, 2, 8, 2, 8]), [0, 3, 5, 1, 2, 4]), [-1, 192, 2, 2]),
    [pictures(2)] as never, // as above
    { otherBatch: [pictures(3)], standardOnly: true },
  );
  const latents = (batch: number) => ({ shape: [batch, 1, 2, 2], data: new Float32Array(batch * 4) });
  const ofVectors = await toOnnx(
    (x: Tensor) => reshape(tile(reshape(x, [-1, 1, 2, 1, 2, 1]), [1, 3, 1, 8, 1, 8]), [-1, 3, 16, 16]),
    [latents(2)] as never, // as above
    { otherBatch: [latents(3)], standardOnly: true },
  );
  writeFileSync(file('brightness.onnx'), brightness);
  writeFileSync(file('patches.onnx'), ofPatches);
  writeFileSync(file('of-vectors.onnx'), ofVectors);
  const grays = Float32Array.from({ length: codes }, (_, at) => (at + 0.5) / (codes - 0.01));
  const patches = Float32Array.from({ length: codes * 192 }, (_, at) => grays[Math.floor(at / 192)]!);
  const tables = {
    grays: { shape: [codes, 1], data: grays },
    patches: { shape: [codes, 192], data: patches },
  };
  writeFileSync(file('books.safetensors'), encodeSafetensors(tables));
  const head = `{'descr': '<f4', 'fortran_order': False, 'shape': (${codes}, 192), }`.padEnd(117);
  const start = Buffer.from(`\x93NUMPY\x01\0\x76\0${head}\n`, 'latin1');
  writeFileSync(file('patches.npy'), Buffer.concat([start, Buffer.from(patches.buffer)]));
  const within = await toOnnx(
    (x: Tensor) => add(x, tensor(patches, [codes, 192])),
    [{ shape: [codes, 192], data: new Float32Array(patches.length) }] as never, // as above
    { standardOnly: true },
  );
  writeFileSync(file('patches-within.onnx'), within);
  writeFileSync(file('encoder.onnx'), encoder);
  writeFileSync(file('decoder.onnx'), decoder);
});
afterAll(() => place.remove());

const tokenizer = (change: object = {}) =>
  `image.tokenizer=${JSON.stringify({ model: file('encoder.onnx'), codes, decoder: { model: file('decoder.onnx') }, ...change })}`;

test('two steps: loss and accuracy of codes, and decoded pictures', async () => {
  const { code, stderr } = await place.pretrain('codes', tokenizer(), 'train.steps=2');
  expect([code, stderr]).toEqual([0, '']);
  const run = place.out('codes');
  const lines = readFileSync(join(run, 'metrics.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { imageLoss: number; imageAccuracy: number });
  expect(lines).toHaveLength(2);
  for (const { imageLoss, imageAccuracy } of lines) {
    expect(imageLoss).toBeGreaterThan(0);
    expect(imageLoss).toBeLessThan(3 * Math.log(codes));
    expect(imageAccuracy).toBeGreaterThanOrEqual(0);
    expect(imageAccuracy).toBeLessThanOrEqual(1);
  }
  const folder = join(run, 'evaluations', 'reconstruct');
  const rebuilt = readdirSync(folder).filter((name) => name.endsWith('-rebuilt.png'));
  expect(rebuilt.length).toBeGreaterThan(0);
  // A hidden patch is one of the eight grays of the decoder; the visible ones keep their noise.
  const { data, info } = await sharp(join(folder, rebuilt[0]!)).raw().toBuffer({ resolveWithObject: true });
  const grays = Array.from({ length: codes }, (_, at) => Math.round((255 * (at + 0.5)) / codes));
  const patches = [0, 1, 2, 3].map((patch) => {
    const [top, left] = [8 * Math.floor(patch / 2), 8 * (patch % 2)];
    const values = Array.from({ length: 64 }, (_, at) => {
      const start = ((top + Math.floor(at / 8)) * info.width + left + (at % 8)) * info.channels;
      return [...data.subarray(start, start + 3)];
    }).flat();
    return values.every((value) => value === values[0] && grays.some((gray) => Math.abs(gray - value) <= 1));
  });
  expect(patches.filter(Boolean)).toHaveLength(3); // three of four are hidden
}, 60_000);

test.each([
  [
    'grays',
    () => ({
      model: file('brightness.onnx'),
      codebook: { file: file('books.safetensors'), tensor: 'grays' },
      decoder: { model: file('of-vectors.onnx'), takes: 'vectors' },
    }),
  ],
  [
    'patches',
    () => ({
      model: file('patches.onnx'),
      codebook: { file: file('patches-within.onnx') },
      decoder: undefined,
    }),
  ],
  [
    'numpy',
    () => ({
      model: file('patches.onnx'),
      codes: undefined, // the rows of the code book
      codebook: { file: file('patches.npy') },
      decoder: undefined,
    }),
  ],
])(
  'a code book of %s gives the losses of the codes that it stands for, and their pictures',
  async (entries, change) => {
    const { code, stderr } = await place.pretrain(entries, tokenizer(change()), 'train.steps=2');
    expect([code, stderr]).toEqual([0, '']);
    const lossesOf = (run: string) =>
      readFileSync(join(place.out(run), 'metrics.jsonl'), 'utf8')
        .trim()
        .split('\n')
        .map((line) => (JSON.parse(line) as { imageLoss: number }).imageLoss);
    expect(lossesOf(entries)).toEqual(lossesOf('codes'));
    const folderOf = (run: string) => join(place.out(run), 'evaluations', 'reconstruct');
    for (const name of readdirSync(folderOf('codes'))) {
      const [own, other] = await Promise.all(
        [entries, 'codes'].map((run) =>
          sharp(join(folderOf(run), name))
            .raw()
            .toBuffer(),
        ),
      );
      expect(own!.every((value, at) => Math.abs(value - other![at]!) <= 1)).toBe(true);
    }
  },
  60_000,
);

test.each([
  [() => ({ model: file('none.onnx') }), /image\.tokenizer\.model.*none\.onnx/],
  [() => ({ codes: 2 }), /integers from 0 to 1/],
  [() => ({ input: 'picture' }), /image\.tokenizer\.input must be one of/],
  [() => ({ decoder: undefined }), /image\.tokenizer\.decoder/],
  [() => ({ codes: 0 }), /image\.tokenizer\.codes/],
  [() => ({ range: [1] }), /image\.tokenizer\.range/],
  [
    () => ({ codebook: { file: file('none.safetensors') } }),
    /image\.tokenizer\.codebook\.file.*none\.safetensors/,
  ],
  [
    () => ({ codes: 9, codebook: { file: file('patches.npy') } }),
    /image\.tokenizer\.codes must be 8, the rows of .*patches\.npy; received 9/,
  ],
  [
    () => ({ codebook: { file: file('patches.npy'), tensor: 'x' } }),
    /image\.tokenizer\.codebook\.tensor must be left out/,
  ],
  [() => ({ codes: undefined }), /image\.tokenizer\.codes/],
  [
    () => ({ codebook: { file: file('books.safetensors') } }),
    /image\.tokenizer\.codebook\.tensor must be one of grays, patches/,
  ],
  [
    () => ({
      model: file('brightness.onnx'),
      codebook: { file: file('books.safetensors'), tensor: 'grays' },
      decoder: undefined,
    }),
    /image\.tokenizer\.decoder/,
  ],
  [() => ({ decoder: { model: file('of-vectors.onnx'), takes: 'vectors' } }), /image\.tokenizer\.codebook/],
  [
    () => ({
      model: file('brightness.onnx'),
      codebook: { file: file('books.safetensors'), tensor: 'grays' },
      decoder: { model: file('of-vectors.onnx') },
    }),
    /image\.tokenizer\.decoder\.takes must be .*'codes', which it refuses.*Set it to 'vectors'/,
  ],
  [() => ({ decoder: { model: file('of-vectors.onnx') } }), /image\.tokenizer\.decoder\.model must be/],
])(
  'a tokenizer that does not fit is refused',
  async (change, words) => {
    const { code, stderr } = await place.pretrain(
      `refused-${words.source.length}`,
      tokenizer(change()),
      'train.steps=2',
    );
    expect(code).toBe(2);
    expect(stderr).toMatch(words);
    expect(existsSync(join(place.out(`refused-${words.source.length}`), 'config.json'))).toBe(false);
  },
  60_000,
);

test('--overwrite leaves a finished run as it was until the new one has done a step', async () => {
  const run = place.out('kept');
  const contents = () =>
    readdirSync(run, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => [name, readFileSync(join(parentPath, name), 'base64')]);
  expect(await place.pretrain('kept', 'train.steps=2')).toMatchObject({ code: 0 });
  const before = contents();
  const again = (...changes: readonly string[]) =>
    runCommand(
      'pretrain',
      place.config,
      '--out',
      run,
      '--quiet',
      '--overwrite',
      ...changes.flatMap((change) => ['--set', change]),
    );
  const refusals = [
    [`data.source.path=${file('nowhere')}`], // before anything is prepared
    [tokenizer(), 'image.patchSize=4'], // when the decoder is tried: its patches are of 8 x 8
    [tokenizer({ codes: 2 })], // in the first step, by ids beyond them
  ];
  for (const changes of refusals) {
    expect((await again(...changes)).code).toBe(2);
    expect(contents()).toEqual(before);
  }
  expect(await again('train.steps=3')).toMatchObject({ code: 0 });
  expect(readCommands(run).map(({ command }) => command)).toEqual([
    `npx @m3ae/trainer pretrain ${place.config} --set train.steps=3 --out ${run}`,
  ]);
  expect((await listCheckpoints(run)).map(({ step }) => step)).toEqual([3]);
}, 60_000);

test('the sizes of --dry-run are those of the codes', async () => {
  const args = ['pretrain', place.config, '--dry-run', '--json', '--set', tokenizer()];
  const { code, stdout } = await runCommand(...args);
  expect(code).toBe(0);
  expect(stdout).toContain(`"imageOutputDim":${codes}`);
  expect(existsSync(place.out('tiny'))).toBe(false);
});
