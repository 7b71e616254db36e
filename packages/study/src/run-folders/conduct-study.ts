import { makeFolder } from '@m3ae/checkpoint/files';
import { pluralize } from '@m3ae/errors';
import { listenForStop, lockRunFolder } from '@m3ae/runs';
import type { Children } from '../children.js';
import type { StudyPlan } from '../plan.js';
import type { StudyProgress } from '../progress.js';
import type { Provenance } from '../records.js';
import { runStudy, type StudyEnd } from '../run-study.js';
import { studyPaths } from '../study-folder.js';

/** Options of {@link conductStudy}. */
export interface ConductStudyOptions {
  /** Of the study; made where it is missing. */
  readonly folder: string;
  /** The processes that do its jobs; none outlives the call. */
  readonly children: Children;
  readonly progress: StudyProgress;
  readonly provenance: Provenance;
}

/**
 * Does the jobs of a study by processes of their own: alone in its folder, after ending what a killed study left running.
 * Ctrl-C or SIGTERM lets the jobs save and end; the second ends this process and all of them at once.
 *
 * @throws InvalidInput if another process does a study in the folder.
 */
export async function conductStudy(
  plan: StudyPlan,
  { folder, children, progress, provenance }: ConductStudyOptions,
): Promise<StudyEnd> {
  const { runs } = studyPaths(folder);
  makeFolder(runs);
  const unlock = await lockRunFolder(runs);
  const stop = new AbortController();
  const signals = listenForStop(() => {
    progress.say('Stopping: the parts save and end. Press Ctrl-C again to stop at once.');
    stop.abort();
  });
  process.on('exit', children.killAll);
  try {
    const leftovers = await children.endLeftovers();
    if (leftovers > 0)
      progress.say(`Ended ${pluralize(leftovers, 'process')} that an interrupted study had left.`);
    const end = await runStudy(plan, { folder, signal: stop.signal, provenance, onEvent: progress.event });
    progress.close();
    return end;
  } finally {
    process.off('exit', children.killAll);
    children.killAll();
    signals.release();
    await unlock();
  }
}
