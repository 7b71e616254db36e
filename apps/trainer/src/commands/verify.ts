import { countUpTo, typedValue } from '@m3ae/errors/rules';
import { caseLines, type CaseReport, exitCodeOf, summaryLine, verifyCases } from '@m3ae/golden';
import { Command } from 'commander';
import { limits } from '../config/limits.js';
import { type Engine, engines, parseEngine } from '../run/engine.js';

/** Options of `m3ae verify`. */
export interface VerifyCommandOptions {
  readonly json?: boolean;
  readonly engine?: Engine;
  readonly threads?: number;
}

/**
 * Runs every case in the folders and prints each error against its tolerance.
 *
 * @returns The exit code: 0 all within tolerance, 1 a miss, 2 a folder that holds no readable case.
 */
export async function runVerify(
  folders: readonly string[],
  { json, ...options }: VerifyCommandOptions,
  print: (line: string) => void = (line) => void process.stdout.write(`${line}\n`),
): Promise<number> {
  const cases: CaseReport[] = [];
  for await (const report of verifyCases(folders, options)) {
    cases.push(report);
    if (!json) caseLines(report).forEach(print);
  }
  const exitCode = exitCodeOf(cases);
  print(json ? JSON.stringify({ pass: exitCode === 0, exitCode, cases }, null, 2) : summaryLine(cases));
  return exitCode;
}

/** The command `m3ae verify`, to be added to the program. */
export function verifyCommand(): Command {
  return new Command('verify')
    .description('Run golden cases through the public packages and print each error against its tolerance.')
    .argument('<dir...>', 'a folder with case.json and tensors.safetensors, or one that holds such folders')
    .option('--json', 'print one JSON document')
    .option('--engine <engine>', `one of ${engines.join(', ')}`, parseEngine, 'compiled')
    .option('--threads <count>', 'threads of the compiled engine', (text) =>
      typedValue('--threads', text, countUpTo(limits.threads)),
    )
    .addHelpText(
      'after',
      '\nExamples:\n  $ npx @m3ae/trainer verify golden\n  $ npx @m3ae/trainer verify golden/m3ae-paired --engine eager:cpu --json\n',
    )
    .action(async (folders: string[], options: VerifyCommandOptions) => {
      process.exitCode = await runVerify(folders, options);
    });
}
