import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { key } from '@m3ae/random';
import { prepareStep, runnerOf, type StepBenchOptions } from './prepare-step.js';
import { type ProfileSummary, readProfile } from './profile.js';

/** Runs a few steps under ONNX Runtime's profiler, which slows them a little, and sums up where the time went. */
export async function profileStep(options: StepBenchOptions): Promise<ProfileSummary> {
  const folder = await mkdtemp(join(tmpdir(), 'm3ae-profile-'));
  try {
    const runner = runnerOf(options, { profile: join(folder, 'profile') });
    const { step, batches } = prepareStep(options, runner);
    let { state } = step.init(key(0));
    for (let count = 0; count < 1 + options.steps; count++) {
      state = (await step.run(state, batches(count), count)).state;
    }
    await step.dispose();
    const [file] = (await readdir(folder)).sort(); // of micro-batches the first, before that of the update
    return readProfile(join(folder, file!));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
