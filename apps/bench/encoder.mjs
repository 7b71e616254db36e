// Pictures a second of the encoder on whole pictures of 256 px, as `embed` and the probes use it. Build first: npm run build
//
//   node apps/bench/encoder.mjs [--model small] [--batch 16] [--threads 1] [--runs 4] [--precision float32|bf16] [--kernels exact|fast]
//   node apps/bench/encoder.mjs --engine onnxruntime   the same model as a file of the ONNX standard, in a session of onnxruntime-node
//   python3 apps/bench/torch-encoder.py                the same in PyTorch
//
// Each prints one line of JSON, as apps/bench/compare.mjs reads it.
import { parseArgs } from 'node:util';
import { compile, toOnnx } from '@m3ae/compile';
import { key, normal } from '@m3ae/random';
import { initMae, representMae, resolveM3aeConfig } from '@m3ae/transformer';
import { flattenTree, ndArray } from '@m3ae/tree';
import { InferenceSession, Tensor } from 'onnxruntime-node';

const text = (otherwise) => ({ type: 'string', default: otherwise });
const { values } = parseArgs({
  options: {
    model: text('small'),
    batch: text('16'),
    threads: text('1'),
    runs: text('4'),
    precision: text('float32'),
    kernels: text('exact'),
    engine: text('m3ae'),
  },
});
const { model: size, precision, kernels, engine } = values;
const [batch, threads, runs] = [values.batch, values.threads, values.runs].map(Number);

const model = resolveM3aeConfig({ size });
const params = initMae(key(0), model);
const patches = ndArray(normal(key(1), batch * 256 * 768), [batch, 256, 768]);
const encode = (given, pictures) => representMae(given, model, { patches: pictures }).output;

/** A session of ONNX Runtime alone, which copies its result. */
async function standardSession() {
  const file = await toOnnx(encode, [params, patches], { standardOnly: true });
  const session = await InferenceSession.create(file, { intraOpNumThreads: threads });
  const leaves = new Map(flattenTree([params, patches]));
  const feeds = Object.fromEntries(
    session.inputNames.map((name) => {
      const { data, shape } = leaves.get(name);
      return [name, new Tensor('float32', data, shape)];
    }),
  );
  return () => session.run(feeds);
}

function compiled() {
  const program = compile(encode, { threads, precision, kernels });
  return () => program(params, patches);
}

const run = engine === 'onnxruntime' ? await standardSession() : compiled();
await run();
const times = [];
for (let count = 0; count < runs; count++) {
  const start = performance.now();
  await run();
  times.push((performance.now() - start) / 1000);
}
times.sort((a, b) => a - b);
console.log(
  JSON.stringify({
    min_s: Number(times[0].toFixed(4)),
    median_s: Number(times[runs >> 1].toFixed(4)),
    images_s: Number((batch / times[0]).toFixed(1)),
    peak_rss_mb: Math.round(process.resourceUsage().maxRSS / 1024),
    engine,
    size,
    batch,
    threads,
    precision: engine === 'm3ae' ? precision : 'float32',
  }),
);
