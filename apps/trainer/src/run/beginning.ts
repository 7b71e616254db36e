import { type SavedPoint, type SavedVocabulary, snapshotAt } from '@m3ae/runs';
import { initialParams } from '@m3ae/runs/model';
import type { Snapshot } from '@m3ae/training';
import type { Prepared } from './prepare.js';
import { settingRules } from './rules.js';
import { warnOnStderr } from './warn.js';

/** What this program adds to a checkpoint. */
export interface SavedExtra extends SavedVocabulary {
  readonly seed: number;
}

/** What is said of `initialize.run`. */
export const initializeWords = {
  remedy: 'Train one with: npx @m3ae/trainer pretrain CONFIG.',
  warn: warnOnStderr,
} as const;

/**
 * Where a run begins: at a checkpoint of its own where it is resumed, else at fresh parameters, the encoder's perhaps
 * those of another run.
 *
 * @throws InvalidInput if a checkpoint does not fit.
 */
export async function beginningOf(prepared: Prepared, from: SavedPoint | undefined): Promise<Snapshot> {
  const { config, stepConfig, step, streams, vocabulary } = prepared;
  const fresh = step.init(streams.parameters);
  if (from !== undefined) return snapshotAt(from, fresh.state, vocabulary.mapping, settingRules.names);
  const taker = { kind: config.method, model: stepConfig.model, pieces: vocabulary.tokenizer.vocabulary };
  const params = await initialParams(fresh.state.params, config.initialize, taker, initializeWords);
  return { ...fresh, state: { ...fresh.state, params } };
}
