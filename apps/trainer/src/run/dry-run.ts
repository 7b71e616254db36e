import { createTokenizer } from '@m3ae/preprocess';
import { m3aeShapes, maeShapes, type M3aeConfig } from '@m3ae/transformer';
import { countElements } from '@m3ae/tree';
import type { TrainerConfig } from '../config/schema.js';
import { estimateMemory } from './memory-estimate.js';
import { openSources } from './sources.js';
import type { Progress } from './progress.js';
import { modelConfig, runLength } from './step-config.js';
import { vocabularyFor } from './vocabulary.js';

/** Number of parameters of a model. */
export function parameterCount(method: TrainerConfig['method'], model: M3aeConfig): number {
  return countElements(method === 'mae' ? maeShapes(model) : m3aeShapes(model));
}

function tellModel(config: TrainerConfig, vocabSize: number, progress: Progress): void {
  const model = modelConfig(config, vocabSize);
  const parameters = parameterCount(config.method, model);
  const memory = estimateMemory(config, model);
  progress.say(`Parameters: ${parameters.toLocaleString('en')}`);
  progress.say(`Memory: about ${(memory / 1e9).toFixed(2)} GB`);
  progress.fact('model', model);
  progress.fact('parameters', parameters);
  progress.fact('memoryBytes', memory);
}

/**
 * Tells what a run would do, without training. What needs no data is told first, so that a missing
 * folder does not hide it.
 */
export async function dryRun(config: TrainerConfig, progress: Progress): Promise<void> {
  progress.say(JSON.stringify(config, null, 2));
  progress.fact('config', config);
  const full = config.text.vocabulary === 'bert' || config.method === 'mae';
  if (full) tellModel(config, createTokenizer().vocabSize, progress);
  const sources = await openSources(config, progress);
  if (!full) tellModel(config, vocabularyFor(config, sources).tokenizer.vocabSize, progress);
  const { stepsPerEpoch, totalSteps, warmupSteps } = runLength(config, sources.train.indices.length);
  progress.say(`Training examples: ${sources.train.indices.length.toLocaleString('en')}`);
  progress.say(
    `Steps: ${totalSteps.toLocaleString('en')} (${stepsPerEpoch} an epoch, ${warmupSteps} of warm-up)`,
  );
  progress.fact('steps', {
    totalSteps,
    stepsPerEpoch,
    warmupSteps,
    trainExamples: sources.train.indices.length,
  });
}
