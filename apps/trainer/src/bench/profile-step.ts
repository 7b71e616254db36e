import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRunner, type OnnxRuntime } from '@m3ae/compile';
import { key } from '@m3ae/random';
import * as onnxruntime from 'onnxruntime-node';
import { prepareStep, type StepBenchOptions } from './prepare-step.js';
import { type ProfileSummary, readProfile } from './profile.js';

/** Runs a few steps under ONNX Runtime's profiler, which slows them a little, and sums up where the time went. */
export async function profileStep(options: StepBenchOptions): Promise<ProfileSummary> {
  const folder = await mkdtemp(join(tmpdir(), 'm3ae-profile-'));
  try {
    const runtime = profiling(join(folder, 'profile'));
    const { step, batches } = prepareStep(options, createRunner({ threads: options.threads, runtime }));
    let { state } = step.init(key(0));
    for (let count = 0; count < 1 + options.steps; count++) {
      state = (await step.run(state, () => batches(count), count)).state;
    }
    await step.dispose();
    const [file] = await readdir(folder);
    return readProfile(join(folder, file!));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** ONNX Runtime with its profiler switched on; the file is written when the session ends. */
function profiling(profileFilePrefix: string): OnnxRuntime {
  return {
    Tensor: onnxruntime.Tensor,
    InferenceSession: {
      create: async (model, options) => {
        const session = await onnxruntime.InferenceSession.create(model, {
          ...options,
          enableProfiling: true,
          profileFilePrefix,
        });
        const release = session.release.bind(session);
        return Object.assign(session, {
          release: () => {
            session.endProfiling();
            return release();
          },
        });
      },
    },
  };
}
