import { Command } from 'commander';
import { InputError } from '../config/config-error.js';
import { limits } from '../config/limits.js';
import { countOf } from '../evaluation/choices.js';
import { engines, parseEngine } from '../run/engine.js';
import { caseLines, reportsJson, summaryLine } from '../verify/print.js';
import { findCases } from '../verify/read-case.js';
import type { CaseReport } from '../verify/types.js';
import { exitCodeOf, verifyCase } from '../verify/verify.js';

/** Options of `m3ae verify`. */
export interface VerifyCommandOptions {
  readonly json?: boolean;
  readonly engine?: string;
  readonly threads?: number;
}

/**
 * Runs every case in the folders and prints each error against its tolerance.
 *
 * @returns The exit code: 0 all within tolerance, 1 a miss, 2 a folder that holds no readable case.
 */
export async function runVerify(
  folders: readonly string[],
  options: VerifyCommandOptions,
  print: (line: string) => void = (line) => void process.stdout.write(`${line}\n`),
): Promise<number> {
  const engine = parseEngine(options.engine ?? 'compiled');
  const reports: CaseReport[] = [];
  for (const folder of folders) {
    for (const found of casesOf(folder)) {
      const report =
        typeof found === 'string' ? await verifyCase(found, { engine, threads: options.threads }) : found;
      reports.push(report);
      if (!options.json) caseLines(report).forEach(print);
    }
  }
  const exitCode = exitCodeOf(reports);
  print(options.json ? reportsJson(reports, exitCode) : summaryLine(reports));
  return exitCode;
}

/** The cases below a folder, or a report on why there are none: the other folders still run. */
function casesOf(folder: string): (string | CaseReport)[] {
  try {
    return findCases(folder);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return [
      {
        case: folder,
        folder,
        kind: 'unknown',
        engine: '',
        status: 'bad',
        checks: [],
        problem: error.message,
        seconds: 0,
      },
    ];
  }
}

/** The command `m3ae verify`, to be added to the program. */
export function verifyCommand(): Command {
  return new Command('verify')
    .description('Run golden cases through the public packages and print each error against its tolerance.')
    .argument('<dir...>', 'a folder with case.json and tensors.safetensors, or one that holds such folders')
    .option('--json', 'print one JSON document')
    .option('--engine <engine>', `one of ${engines.join(', ')}`, 'compiled')
    .option('--threads <count>', 'threads of the compiled engine', (text) =>
      countOf('--threads', text, { most: limits.threads }),
    )
    .addHelpText(
      'after',
      '\nExamples:\n  $ npx @m3ae/trainer verify golden\n  $ npx @m3ae/trainer verify golden/m3ae-paired --engine eager:cpu --json\n',
    )
    .action(async (folders: string[], options: VerifyCommandOptions) => {
      process.exitCode = await runVerify(folders, options);
    });
}
