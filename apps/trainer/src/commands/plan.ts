import { Command, Option } from 'commander';
import { limits } from '../config/limits.js';
import { collect, upTo } from './config-of.js';

/** Options of `m3ae plan`. */
export interface PlanCommandOptions {
  readonly set: string[];
  readonly calibration: string[];
  readonly figure: string[];
  readonly examples?: number;
  readonly ranks: number;
  readonly order: 'fixed' | 'fast';
  readonly json?: boolean;
}

/** The command `m3ae plan`. */
export function planCommand(): Command {
  return new Command('plan')
    .description('Tell what a training would take on 1 to 1,024 ranks: memory, time, bytes, days and cost.')
    .argument('<config>', 'a .ts, .js or .json file, or a preset, e.g. m3ae-base')
    .option('--set <path=value>', 'change one setting; may be repeated', collect, [])
    .option(
      '--calibration <file>',
      'what bench step, ranks or data printed with --json; may be repeated',
      collect,
      [],
    )
    .option(
      '--figure <name=number>',
      'a figure of the machine, over the measured one; may be repeated',
      collect,
      [],
    )
    .option(
      '--examples <count>',
      'training examples, where the data is not here',
      upTo(limits.plannedExamples),
    )
    .option('--ranks <count>', 'the most ranks of the table', upTo(limits.plannedRanks), 1024)
    .addOption(
      new Option('--order <order>', 'how gradients are summed').choices(['fixed', 'fast']).default('fixed'),
    )
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      `
Figures: flopsPerSecond, memoryBandwidth, bandwidth (bytes a second), latency (seconds), spread (a share),
loaderRate (examples a second), fullSpeedRanks, pricePerHour (of one rank).

Measure a machine first: bench step --json > step.json, and on two ranks bench ranks --json > ranks.json.

Example:
  $ npx @m3ae/trainer plan m3ae-base --examples 12000000 --calibration step.json --calibration ranks.json --figure pricePerHour=0.05`,
    )
    .action(async (config: string, options: PlanCommandOptions) => {
      const { runPlan } = await import('./run-plan.js');
      await runPlan(config, options);
    });
}
