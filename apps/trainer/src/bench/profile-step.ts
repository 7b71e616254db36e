import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compile, type OnnxRuntime } from '@m3ae/compile';
import type { NdArray, Tree } from '@m3ae/tree';
import type { Tensor } from '@tensorflow/tfjs-core';
import * as onnxruntime from 'onnxruntime-node';
import type { TrainState } from '../step/types.js';
import { prepareStep, type StepBenchOptions } from './prepare-step.js';
import { type ProfileSummary, readProfile } from './profile.js';

/** Runs a few steps under ONNX Runtime's profiler, which slows them a little, and sums up where the time went. */
export async function profileStep(options: StepBenchOptions): Promise<ProfileSummary> {
  const folder = await mkdtemp(join(tmpdir(), 'm3ae-profile-'));
  try {
    const { step, batches, initialState } = prepareStep(options);
    const program = compile(step.trainStep as never as (...args: Tree<Tensor>[]) => Tree<Tensor>, {
      name: 'trainStep',
      threads: options.threads,
      donate: [0],
      runtime: profiling(join(folder, 'profile')),
    });
    let state = initialState();
    for (let count = 0; count < 1 + options.steps; count++) {
      const batch = batches(count, step.schedule(count));
      const result = await program(state as unknown as Tree<NdArray>, batch as unknown as Tree<NdArray>);
      state = (result as unknown as { state: TrainState }).state;
    }
    await program.dispose();
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
