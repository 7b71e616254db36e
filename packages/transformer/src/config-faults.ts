import { type Fault, faultOf, multiplesAround, nearestDivisor } from '@m3ae/errors';
import type { M3aeConfig } from './config.js';

/** What is wrong with a config that has every field. */
export function configFaults(config: M3aeConfig): Fault[] {
  const faults: Fault[] = [];
  const check = (ok: boolean, field: keyof M3aeConfig, rule: string, remedy: string) => {
    if (!ok) faults.push(faultOf(field, rule, config[field], remedy));
  };
  const positive = (field: keyof M3aeConfig, remedy: string) =>
    check(isCount(config[field], 1), field, 'a positive integer', remedy);
  positive('embedDim', 'ViT-S has 384.');
  positive('depth', 'ViT-S has 12.');
  positive('heads', 'ViT-S has 6.');
  positive('decoderDim', 'The reference has 512.');
  positive('decoderDepth', 'The reference has 8.');
  positive('decoderHeads', 'The reference has 16.');
  positive('patchSize', 'The reference has 16.');
  positive('vocabSize', 'The BERT vocabulary has 30522.');
  if (config.imageOutputDim !== undefined) positive('imageOutputDim', 'Leave it out to predict pixels.');
  check(isCount(config.outputHeadDepth, 0), 'outputHeadDepth', 'an integer from 0', 'The reference has 0.');
  check([1, 3, 4].includes(config.channels), 'channels', '1, 3 or 4', 'RGB pictures have 3.');
  widthFaults(config, 'embedDim', 'heads', check);
  widthFaults(config, 'decoderDim', 'decoderHeads', check);
  const hidden = [config.embedDim * config.mlpRatio, config.decoderDim * config.mlpRatio];
  check(
    hidden.every((width) => isCount(width, 1)),
    'mlpRatio',
    'a ratio that makes whole hidden widths',
    'The reference has 4.',
  );
  check(
    ['tanh', 'erf', 'quick'].includes(config.gelu),
    'gelu',
    'tanh, erf or quick',
    'The reference has tanh.',
  );
  const { learnedPositions: grid, inputNorm } = config;
  check(
    grid === undefined ||
      (Array.isArray(grid) && grid.length === 2 && grid.every((side) => isCount(side, 1))),
    'learnedPositions',
    '[rows, columns] of patches',
    'Leave it out for fixed positions.',
  );
  check(
    inputNorm === undefined || typeof inputNorm === 'boolean',
    'inputNorm',
    'true or false',
    'Leave it out for false.',
  );
  check(
    typeof config.useTypeEmbedding === 'boolean',
    'useTypeEmbedding',
    'true or false',
    'The reference has true.',
  );
  check(config.normEpsilon > 0, 'normEpsilon', 'above 0', 'The reference has 1e-6.');
  for (const rate of ['dropout', 'attentionDropout', 'dropPath'] as const) {
    check(config[rate] >= 0 && config[rate] < 1, rate, 'in [0, 1)', 'Write a tenth as 0.1, not 10.');
  }
  check(
    config.dropPathSchedule === 'constant' || config.dropPathSchedule === 'linear',
    'dropPathSchedule',
    'constant or linear',
    'The reference has constant.',
  );
  return faults;
}

type Check = (ok: boolean, field: keyof M3aeConfig, rule: string, remedy: string) => void;

function widthFaults(
  config: M3aeConfig,
  width: 'embedDim' | 'decoderDim',
  heads: 'heads' | 'decoderHeads',
  check: Check,
) {
  if (!isCount(config[width], 1) || !isCount(config[heads], 1)) return;
  check(
    config[width] % 4 === 0,
    width,
    'divisible by 4',
    `Position codes are sines and cosines of rows and columns; use ${multiplesAround(config[width], 4)}.`,
  );
  check(
    config[width] % config[heads] === 0,
    heads,
    `a divisor of ${width} (${config[width]})`,
    `Each head takes an equal share of the width; use e.g. ${nearestDivisor(config[width], config[heads])}.`,
  );
}

function isCount(value: unknown, least: number): boolean {
  return Number.isInteger(value) && (value as number) >= least;
}
