import { test } from 'vitest';
import * as ort from 'onnxruntime-node';
import { compile } from '../src/index.js';
import { prepareStep } from '../../../apps/trainer/src/bench/prepare-step.js';
test('zz', async () => {
  const extra = JSON.parse(process.env.ZZ ?? '{}');
  const prepared = prepareStep({ method: 'm3ae', model: 'small', batch: 4, threads: 1, steps: 3, warmup: 1, engine: 'compiled', maskScope: 'sample' } as never);
  const runtime = { Tensor: ort.Tensor, InferenceSession: { create: (m: Uint8Array, o: object) => ort.InferenceSession.create(m, { ...o, ...extra }) } };
  const fn = compile(prepared.step.trainStep as never, { threads: 1, donate: [0], runtime: runtime as never });
  let state: any = prepared.initialState();
  const times: number[] = [];
  for (let i = 0; i < 5; i++) {
    const t = performance.now(); const c = process.cpuUsage();
    const r: any = await fn(state, (prepared.batches as any)(i, 1e-4));
    state = r.state;
    const d = process.cpuUsage(c); times.push(Math.round(d.user / 1000), Math.round(d.system / 1000));
  }
  console.log('ZZ', process.env.ZZ, times, 'peakMB', Math.round(process.resourceUsage().maxRSS / 1024), JSON.stringify(fn.stats()));
}, 600000);
