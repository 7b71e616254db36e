import { createRunner } from '@m3ae/compile';
import { planFromNoise } from '@m3ae/masking';
import { key, uniform } from '@m3ae/random';
import { applyM3ae, initM3ae, type M3aeParams, representM3ae, resolveM3aeConfig } from '@m3ae/transformer';
import { flattenTree, type NdArray, ndArray, type Tree } from '@m3ae/tree';
import type { Tensor } from '@tensorflow/tfjs-core';
import * as native from 'onnxruntime-node';
import * as web from 'onnxruntime-web';
import { expect, test } from 'vitest';
import { readWeightsFile } from '../src/files.js';
import type { ModelWeights } from '../src/index.js';
import { toOnnxFiles } from '../src/onnx.js';

const sizes = { embedDim: 16, depth: 2, heads: 2, decoderDim: 8, decoderDepth: 1, decoderHeads: 2 };
const config = resolveM3aeConfig({ ...sizes, patchSize: 4, vocabSize: 11 });
const image = { size: 16, mean: [0, 0, 0], std: [1, 1, 1] };
const model: ModelWeights = {
  kind: 'm3ae',
  config,
  params: initM3ae(key(0), config),
  source: 'a test',
  image,
  notes: [],
};
const files = await toOnnxFiles(model, { textLength: 6, textMaskRatio: 0.5 });

/** Inputs of a batch of any size. */
function inputsOf(batch: number) {
  const draw = (seed: number, size: number) => Float32Array.from(uniform(key(seed), size));
  return {
    patches: ndArray(draw(1, batch * 16 * 48), [batch, 16, 48]),
    tokenIds: ndArray(
      Int32Array.from(draw(2, batch * 6), (u) => Math.floor(u * 11)),
      [batch, 6],
    ),
    paddingMask: ndArray(
      Float32Array.from({ length: batch * 6 }, (_, at) => (at % 6 > 3 ? 1 : 0)),
      [batch, 6],
    ),
    imagePlan: planFromNoise(draw(3, batch * 16), batch, 16, 0.75),
    textPlan: planFromNoise(draw(4, batch * 6), batch, 6, 0.5),
  };
}

type Runtime = Pick<typeof native, 'InferenceSession' | 'Tensor'>;

/** Runs a file in a plain runtime; what the file does not ask for is left out. */
async function runFile(
  runtime: Runtime,
  file: Uint8Array,
  inputs: Tree<NdArray>,
): Promise<Record<string, NdArray>> {
  const session = await runtime.InferenceSession.create(file);
  const given = new Map(flattenTree<NdArray>(inputs));
  const feeds = session.inputNames.map((name) => {
    const { data, shape } = given.get(name.replace(/^0\./, ''))!;
    return [
      name,
      new runtime.Tensor(data instanceof Int32Array ? 'int32' : 'float32', data as never, [...shape]),
    ] as const;
  });
  const results = await session.run(Object.fromEntries(feeds) as never);
  return Object.fromEntries(
    Object.entries(results).map(([name, { data, dims }]) => [
      name.replace(/^output\./, ''),
      ndArray(data as Float32Array, dims),
    ]),
  );
}

function expectClose(ours: NdArray, theirs: NdArray): void {
  expect(ours.shape).toEqual(theirs.shape);
  expect(Math.max(...[...ours.data].map((value, at) => Math.abs(value - theirs.data[at]!)))).toBeLessThan(
    2e-5,
  );
}

const runtimes = [
  ['onnxruntime-node', native],
  ['onnxruntime-web', web as unknown as Runtime],
] as const;

test.each(runtimes)(
  '%s runs each file for a batch of any size, as our model computes',
  async (_, runtime) => {
    expect(Object.keys(files).sort()).toEqual([
      'autoencoder.onnx',
      'image-encoder.onnx',
      'pair-encoder.onnx',
      'text-encoder.onnx',
    ]);
    const eager = createRunner({ engine: 'eager:cpu' });
    type Inputs = never;
    for (const batch of [1, 2, 5]) {
      const { patches, tokenIds, paddingMask, imagePlan, textPlan } = inputsOf(batch);
      const represent = eager<NdArray>(
        'represent',
        (params: M3aeParams<Tensor>, inputs: Inputs) => representM3ae(params, config, inputs).output,
      );
      for (const [file, inputs] of [
        ['image-encoder', { patches }],
        ['text-encoder', { tokenIds, paddingMask }],
        ['pair-encoder', { patches, tokenIds, paddingMask }],
      ] as const) {
        const { tokens } = await runFile(runtime, files[`${file}.onnx`]!, inputs);
        expectClose(tokens!, await represent.run(model.params, inputs));
      }
      const rebuild = eager<Record<string, NdArray>>(
        'rebuild',
        (params: M3aeParams<Tensor>, inputs: Inputs) => {
          const { output } = applyM3ae(params, config, inputs);
          return { image: output.image!, text: output.text! };
        },
      );
      const inputs = { patches, tokenIds, paddingMask, imagePlan, textPlan };
      const rebuilt = await runFile(runtime, files['autoencoder.onnx']!, inputs as unknown as Tree<NdArray>);
      const expected = await rebuild.run(model.params, inputs);
      expectClose(rebuilt.image!, expected.image!);
      expectClose(rebuilt.text!, expected.text!);
    }
  },
);

test('a CLIP is two files', async () => {
  const file = new URL('fixtures/vision/open-clip.safetensors', import.meta.url).pathname;
  const clip = await toOnnxFiles(readWeightsFile(file, { heads: 2, textHeads: 3 }));
  expect(Object.keys(clip)).toEqual(['image-encoder.onnx', 'text-encoder.onnx']);
  const { patches } = inputsOf(4);
  const { embedding } = await runFile(native, clip['image-encoder.onnx']!, { patches });
  const lengths = Array.from({ length: 4 }, (_, row) =>
    Math.hypot(...embedding!.data.slice(row * 12, (row + 1) * 12)),
  );
  lengths.forEach((length) => expect(length).toBeCloseTo(1, 5));
});
