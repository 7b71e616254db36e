import { duration, limitLines, pluralize } from '@m3ae/errors';
import { join } from 'node:path';
import {
  broadcastText,
  commonStop,
  type Communicator,
  crowdedCores,
  succeedTogether,
} from '@m3ae/distributed';
import { makeFolder } from '@m3ae/checkpoint/files';
import { createProgress, type Progress, wallClock } from '@m3ae/logging';
import {
  clearRunFolder,
  crowdedReplicas,
  enterRun,
  type Entry,
  listenForStop,
  lockRunFolder,
  logCommand,
  refuseNewFacts,
  requireSameRun,
  runPaths,
  skippedLine,
  tellNotes,
  withWayOn,
} from '@m3ae/runs';
import type { TrainerConfig } from '../config/schema.js';
import { checkBeforeTraining, requireOutsideOfData } from '../run/checks.js';
import { dryRun } from '../run/dry-run.js';
import { finish } from '../run/finish.js';
import { followRank0, pretrain } from '../run/pretrain.js';
import { checkImageTokenizer } from '@m3ae/tasks/onnx';
import { prepare } from '../run/prepare.js';
import { onRanks, peersOf } from '../run/ranks.js';
import { settingRules, withExamplesOf } from '../run/rules.js';
import { partsOf } from '../run/sources.js';
import { ownCommit } from '../run/versions.js';
import { exitCodes, Interrupted, warnOnStderr } from '../console.js';
import { configOf } from '../config/load.js';
import { type PretrainCommandOptions, type TrainingLines, trainingLines } from './training-lines.js';

/** A training that may begin. */
interface Training {
  readonly folder: string;
  readonly config: TrainerConfig;
  readonly entry: Exclude<Entry<TrainerConfig>, { kind: 'done' }>;
  readonly communicator: Communicator;
  /** Whether graphs come from the cache. */
  readonly cached?: boolean;
  readonly lines: TrainingLines;
}

/** Trains into a folder, evaluates and reports. */
async function train(
  { folder, config, entry, lines, communicator, cached }: Training,
  progress: Progress,
): Promise<void> {
  const started = wallClock();
  const signals = listenForStop(() =>
    progress.say(
      `Stopping after this ${config.train.accumulate > communicator.size ? 'micro-batch' : 'step'} and saving the last whole step. ` +
        'Press Ctrl-C again to stop at once.',
    ),
  );
  const stop = commonStop(communicator, signals.signal);
  let begun = entry.kind !== 'overwrite';
  const onBegin = () => {
    if (!begun) clearRunFolder(folder);
    begun = true;
    logCommand(folder, { command: lines.now, commit: ownCommit(), began: started });
  };
  try {
    const prepared = await succeedTogether(communicator, () =>
      prepare(config, progress, {
        begun: entry.kind === 'resume',
        peers: peersOf(communicator, config, stop),
        cached,
      }),
    );
    await requireSameRun(communicator, prepared.record);
    tellNotes(partsOf(prepared.sources), progress);
    const kept = entry.kind === 'resume' ? entry : undefined;
    if (kept !== undefined) refuseNewFacts(kept.record.data, prepared.record.data, settingRules.names);
    checkBeforeTraining(config, prepared.stepConfig, progress);
    await checkImageTokenizer(config, prepared.statistics);
    const { threads, replicas } = config.train;
    const crowded = crowdedCores({ threads, setting: 'train.threads' });
    if (crowded !== undefined) progress.say(crowded);
    crowdedReplicas({ threads, replicas, prefix: 'train.' }).forEach((note) => progress.say(note));
    const { from, marks } = kept ?? {};
    const running = { folder, progress, stop, from, marks, communicator, onBegin };
    const result = await pretrain(prepared, running);
    if (result.interrupted) {
      await communicator.close();
      throw new Interrupted(`Stopped by the user. Go on with: ${begun ? lines.resume : lines.begin}`);
    }
    await finish(prepared, result, folder, progress, communicator);
    const { skipped } = result;
    if (skipped.length > 0) {
      progress.say(`${pluralize(skipped.length, 'unreadable file was', 'unreadable files were')} skipped:`);
      limitLines(skipped.map(skippedLine)).forEach((line) => progress.say(`  ${line}`));
    }
    progress.say(`Everything took ${duration(wallClock() - started)}.`);
  } catch (error) {
    throw await withWayOn(error, folder, begun ? lines.resume : lines.begin, begun);
  } finally {
    signals.release();
  }
}

function tellEnd(folder: string, config: TrainerConfig, progress: Progress): void {
  if (!config.report.enabled) return progress.say(`Run: ${folder}`);
  const { report } = runPaths(folder);
  progress.fact('report', report);
  progress.say(`Report: ${report}`);
}

/** What rank 0 tells the others. */
interface Beginning {
  readonly kind: Entry<TrainerConfig>['kind'];
  /** The config that the run began with. */
  readonly begun: TrainerConfig;
}

/** What rank 0 does, or the only process: it alone keeps the run folder. */
async function lead(
  communicator: Communicator,
  config: TrainerConfig,
  path: string,
  options: PretrainCommandOptions,
): Promise<void> {
  const progress = createProgress({ quiet: options.quiet, json: options.json });
  const folder = options.out ?? join('runs', config.name!);
  requireOutsideOfData(folder, config);
  if (options.dryRun) return dryRun(config, progress);
  makeFolder(folder);
  // Ranks of the same command before, whose launcher has returned, may still be ending.
  const patience = communicator.size === 1 ? 0 : Math.min(10, config.distributed.timeout);
  const unlock = await lockRunFolder(folder, { patience });
  try {
    const lines = trainingLines(path, options, communicator.size);
    const entry = await enterRun(folder, config, options, settingRules, warnOnStderr);
    const begun = entry.kind === 'resume' ? entry.record.config : config;
    await broadcastText(communicator, JSON.stringify({ kind: entry.kind, begun } satisfies Beginning));
    if (entry.kind === 'done') progress.say('This run is finished. Train it again with --overwrite.');
    else {
      const own = withExamplesOf(begun, config);
      await train({ folder, config: own, entry, lines, communicator, cached: options.cache }, progress);
    }
    tellEnd(folder, config, progress);
  } finally {
    await unlock();
  }
}

/** What every other rank does. */
async function follow(
  communicator: Communicator,
  config: TrainerConfig,
  { dryRun: dry, cache: cached }: PretrainCommandOptions,
): Promise<void> {
  if (dry) return;
  const { kind, begun }: Beginning = JSON.parse(await broadcastText(communicator));
  if (kind === 'done') return;
  const progress = createProgress({ quiet: true });
  const signals = listenForStop(() => undefined);
  try {
    const { interrupted } = await followRank0(
      communicator,
      withExamplesOf(begun, config),
      { begun: kind === 'resume', cached },
      progress,
      commonStop(communicator, signals.signal),
    );
    if (interrupted) process.exitCode = exitCodes.interrupted; // rank 0 tells the user
  } finally {
    signals.release();
  }
}

/** Runs `m3ae pretrain`, on this process alone or on the ranks of a launcher. */
export async function runPretrain(path: string, options: PretrainCommandOptions): Promise<void> {
  const overrides = [...options.set, ...(options.seed === undefined ? [] : [`seed=${options.seed}`])];
  const loading = configOf(path, overrides);
  await onRanks(loading, async (communicator) => {
    const config = await succeedTogether(communicator, () => loading);
    await (communicator.rank === 0
      ? lead(communicator, config, path, options)
      : follow(communicator, config, options));
  });
}
