// Time of a training step by operator, and by operator and shapes, from ONNX Runtime's own profiler. Build first: npm run build
//
//   node apps/bench/profile.mjs [--model small] [--method m3ae] [--batch 4] [--threads 1] [--steps 3]
//     [--precision float32|bf16] [--kernels exact|fast] [--recompute none|blocks]
import { parseArgs } from 'node:util';
import { profileLines, profileStep } from '@m3ae/bench';

const text = (otherwise) => ({ type: 'string', default: otherwise });
const { values } = parseArgs({
  options: {
    model: text('small'),
    method: text('m3ae'),
    batch: text('4'),
    threads: text('1'),
    steps: text('3'),
    precision: text('float32'),
    kernels: text('exact'),
    recompute: text('none'),
  },
});
const [batch, threads, steps] = ['batch', 'threads', 'steps'].map((name) => {
  const value = Number(values[name]);
  if (Number.isInteger(value) && value > 0) return value;
  throw new RangeError(
    `--${name} must be a positive integer; received ${values[name]}. Write e.g. --${name} 2.`,
  );
});
const step = { ...values, batch, threads, steps, warmup: 1, engine: 'compiled', maskScope: 'sample' };
console.log(profileLines(await profileStep(step)).join('\n'));
