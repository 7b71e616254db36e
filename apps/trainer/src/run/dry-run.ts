import { lengthOf, summedRate } from '@m3ae/optim';
import { pluralize } from '@m3ae/errors';
import { tellNotes, tellReading, vocabularyOf } from '@m3ae/runs';
import { createTokenizer } from '@m3ae/preprocess';
import type { Progress } from '@m3ae/logging';
import type { TrainerConfig } from '../config/schema.js';
import { estimateMemory, flopsPerExample, methodTraits, modelOf, parameterCount } from '@m3ae/tasks';
import { checkInitialize } from '@m3ae/runs/model';
import { initializeWords } from './pretrain.js';
import { stepConfig } from './step-config.js';
import { checkBeforeTraining } from './checks.js';
import { refuseUnfit } from './checks.js';
import { captionLengths } from '@m3ae/datasets';
import { openSources, partsOf } from './sources.js';

function tellMemory(bytes: number, condition: string, progress: Progress): void {
  progress.say(`Memory${condition}: about ${(bytes / 1e9).toFixed(2)} GB`);
  progress.fact('memoryBytes', bytes);
}

function tellModel(
  config: TrainerConfig,
  vocabSize: number,
  classes: number | undefined,
  progress: Progress,
): void {
  const model = modelOf(config, { vocabSize, classes });
  const parameters = parameterCount(config.method, model);
  const flops = flopsPerExample(config, model) * config.train.batchSize;
  progress.say(`Parameters: ${parameters.toLocaleString('en')}`);
  tellMemory(estimateMemory(config, model, { parameters }), '', progress);
  progress.say(`Arithmetic: ${Number((flops / 1e12).toPrecision(3))} TFLOP a step`);
  progress.fact('model', model);
  progress.fact('parameters', parameters);
  progress.fact('flopsPerStep', flops);
}

/** Tells what a run would do, and what would end it: first what needs no data, so that a missing folder does not hide it. */
export async function dryRun(config: TrainerConfig, progress: Progress): Promise<void> {
  progress.say(JSON.stringify(config, null, 2));
  progress.fact('config', config);
  const { readsText, readsLabels, rebuildsText } = methodTraits(config.method);
  const pieces = readsText ? config.text.vocabulary : 'bert';
  const known = pieces === 'bert' && !readsLabels;
  if (known) tellModel(config, createTokenizer().vocabSize, undefined, progress);
  const sources = await openSources(config, progress);
  tellNotes(partsOf(sources), progress);
  refuseUnfit(config, sources);
  const { tokenizer } = vocabularyOf(pieces, [sources.train, sources.unpairedText]);
  const classes = sources.train.dataset.classNames?.length;
  if (!known) tellModel(config, tokenizer.vocabSize, classes, progress);
  if (rebuildsText && config.text.leaveOutPadding) {
    const longest = Math.max(...captionLengths(sources.train, tokenizer));
    const model = modelOf(config, { vocabSize: tokenizer.vocabSize, classes });
    const facts = { parameters: parameterCount(config.method, model), words: longest };
    const condition = ` with captions of at most ${pluralize(longest, 'word piece')}`;
    if (longest < config.text.maxLength)
      tellMemory(estimateMemory(config, model, facts), condition, progress);
  }
  const trainExamples = sources.train.indices.length;
  const { stepsPerEpoch, totalSteps, warmupSteps } = lengthOf(config, trainExamples);
  progress.say(`Training examples: ${trainExamples.toLocaleString('en')}`);
  progress.say(
    `Steps: ${totalSteps.toLocaleString('en')} (${stepsPerEpoch} an epoch, ${warmupSteps} of warm-up)`,
  );
  const facts = { vocabSize: tokenizer.vocabSize, trainLength: trainExamples, classes };
  const settings = stepConfig(config, facts);
  const rates = summedRate(settings.schedule);
  progress.say(`Learning rate: ${Number(rates.toPrecision(2))} in all, summed over the steps`);
  progress.fact('steps', { totalSteps, stepsPerEpoch, warmupSteps, trainExamples });
  progress.fact('summedRate', rates);
  await tellReading(sources.train, totalSteps * config.train.batchSize, progress);
  checkBeforeTraining(config, settings, progress);
  await checkInitialize(config.initialize, initializeWords);
}
