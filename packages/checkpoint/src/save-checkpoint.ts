import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { faultOf, invalidField, limitLines, throwFaults, unknownKeys, unusable } from '@m3ae/errors';
import { flattenTree, type NdArray, type Tree } from '@m3ae/tree';
import {
  checkpointsFolder,
  cleanCheckpoints,
  encodeManifest,
  manifestName,
  partialName,
  publishFolder,
  removeCheckpoint,
  stepName,
} from './checkpoint-folder.js';
import { jsonFaults } from './json-file.js';
import { type CheckpointEntry, listCheckpoints } from './load-checkpoint.js';
import { planSafetensors, safetensorsChunks, type SafetensorsPlan } from './safetensors.js';
import { explainWriteError, makeFolder, sizeWords } from './writable.js';
import { syncFolder, writeChunks, type WrittenFile } from './whole-file.js';

/** Everything a run needs to go on. */
export interface Checkpoint {
  /** Updates done; names the folder. */
  readonly step: number;
  /** One file a tree, e.g. `model` and `optimizer`; the paths of the leaves name the tensors. */
  readonly trees: Readonly<Record<string, Tree<NdArray>>>;
  /** Plain JSON: random key, data cursor, configuration. */
  readonly state: unknown;
  /** What best checkpoints are chosen by, e.g. a validation loss. Left out or not finite: never among the best. */
  readonly metric?: number;
}

/** Leaves by path. @throws InvalidInput if two leaves have one path. */
function namedLeaves(tree: Tree<NdArray>): Record<string, NdArray> {
  const leaves = flattenTree<NdArray>(tree);
  const record = Object.fromEntries(leaves);
  if (Object.keys(record).length < leaves.length) {
    const twice = leaves.map(([path]) => path).filter((path, i, paths) => paths.indexOf(path) !== i);
    const remedy = 'Avoid dots within names.';
    throw invalidField('paths of the tree', 'different', `${twice.join(', ')} twice`, remedy);
  }
  return record;
}

function checkCheckpoint({ step, trees, state }: Checkpoint): void {
  const faults: string[] = [];
  if (!Number.isSafeInteger(step) || step < 0)
    faults.push(`step must be an integer, zero or more; received ${step}`);
  for (const name of Object.keys(trees)) {
    if (!/^[A-Za-z][\w-]*$/.test(name))
      faults.push(`trees.${name} must be named by letters, digits, _ and -`);
  }
  faults.push(...jsonFaults(state, 'state').map((fault) => `${fault}, which JSON cannot hold`));
  if (faults.length > 0) throw unusable(`${limitLines(faults).join('; ')}. Nothing was written.`);
}

async function writeFolder(
  partial: string,
  checkpoint: Checkpoint,
  plans: readonly [string, SafetensorsPlan][],
) {
  const { step, state, metric } = checkpoint;
  const files: Record<string, WrittenFile> = {};
  await mkdir(partial);
  for (const [name, plan] of plans)
    files[name] = await writeChunks(join(partial, name), safetensorsChunks(plan));
  const manifest = { step, metric: Number.isFinite(metric) ? metric : undefined, files, state };
  await writeChunks(join(partial, manifestName), [encodeManifest(manifest)]);
  await syncFolder(partial);
}

/**
 * Saves a checkpoint as one folder, `checkpoints/step-00001200`, and removes those that need not stay.
 *
 * The files are written to a hidden folder beside it, each followed by fsync; then the folder is renamed and its
 * parent synced. So a crash or a full disk at any moment leaves the earlier checkpoints as they were and no half-written
 * one in sight; what it leaves is cleared by the next save. Tensors are streamed to the disk and must not change
 * until the promise resolves. A checkpoint of the same step is replaced.
 *
 * @param runFolder - Made if it does not exist. Only one process may save to it at a time.
 * @param checkpoint - Trees, state and step.
 * @param keep - Which earlier checkpoints stay.
 * @returns The folder of the new checkpoint.
 * @throws InvalidInput naming what cannot be stored; nothing is written then.
 * @throws Error if the disk is full or the folder cannot be written; earlier checkpoints are intact.
 *
 * @example
 * ```ts
 * await saveCheckpoint('runs/emoji', { step: 1200, trees: { model, optimizer }, state: { seed: 0 }, metric: 0.42 });
 * ```
 */
export async function saveCheckpoint(
  runFolder: string,
  checkpoint: Checkpoint,
  keep: KeepOptions = {},
): Promise<string> {
  const rule = resolveKeep(keep);
  checkCheckpoint(checkpoint);
  const plans = Object.entries(checkpoint.trees).map(
    ([name, tree]) =>
      [`${name}.safetensors`, planSafetensors(namedLeaves(tree))] as [string, SafetensorsPlan],
  );
  const parent = checkpointsFolder(runFolder);
  const name = stepName(checkpoint.step);
  const folder = join(parent, name);
  const partial = join(parent, partialName(name));
  try {
    makeFolder(parent);
    await cleanCheckpoints(runFolder);
    await writeFolder(partial, checkpoint, plans);
    await publishFolder(partial, folder);
  } catch (error) {
    await rm(partial, { recursive: true, force: true }).catch(() => undefined);
    const bytes = plans.reduce((total, [, plan]) => total + plan.totalBytes, 0);
    const comfort = `This checkpoint needs ${sizeWords(bytes)}. Earlier checkpoints are intact.`;
    throw explainWriteError(error, folder, comfort);
  }
  const others = superfluous(await listCheckpoints(runFolder), rule);
  for (const entry of others) if (entry.folder !== folder) await removeCheckpoint(entry.folder);
  return folder;
}

/** Which checkpoints of a run stay. */
export interface KeepOptions {
  /** How many of the newest. Default 3. */
  readonly keepLast?: number;
  /** How many of the best by `metric`, beside the newest. Default 1. */
  readonly keepBest?: number;
  /** Whether a low or a high metric is good. Default `min`, as for a loss. */
  readonly bestBy?: 'min' | 'max';
}

/** Fills in the defaults. @throws InvalidInput naming every option that is unknown or out of range. */
function resolveKeep(options: KeepOptions): Required<KeepOptions> {
  const { keepLast = 3, keepBest = 1, bestBy = 'min' } = options;
  const isCount = (value: number) => value === Infinity || Number.isInteger(value);
  const remedy = 'A run needs its newest checkpoint to resume.';
  throwFaults([
    ...unknownKeys('', options, ['keepLast', 'keepBest', 'bestBy']),
    !(isCount(keepLast) && keepLast >= 1) && faultOf('keepLast', 'a positive integer', keepLast, remedy),
    !(isCount(keepBest) && keepBest >= 0) &&
      faultOf('keepBest', 'an integer, zero or more', keepBest, 'Write 0 to keep only the newest.'),
    bestBy !== 'min' && bestBy !== 'max' && faultOf('bestBy', 'min or max', bestBy, 'Use min for a loss.'),
  ]);
  return { keepLast, keepBest, bestBy };
}

/** Those that need not stay; of two equally good ones the newer stays. */
function superfluous(
  entries: readonly CheckpointEntry[],
  { keepLast, keepBest, bestBy }: Required<KeepOptions>,
): CheckpointEntry[] {
  const newestFirst = [...entries].sort((a, b) => b.step - a.step);
  const sign = bestBy === 'min' ? 1 : -1;
  const best = newestFirst
    .filter(({ metric }) => metric !== undefined)
    .sort((a, b) => sign * (a.metric! - b.metric!) || b.step - a.step);
  const stay = new Set([...newestFirst.slice(0, keepLast), ...best.slice(0, keepBest)]);
  return newestFirst.filter((entry) => !stay.has(entry));
}
