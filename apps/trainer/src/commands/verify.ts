import { countUpTo, typedValue } from '@m3ae/errors/rules';
import { caseLines, type CaseReport, exitCodeOf, summaryLine, verifyCases } from '@m3ae/golden';
import type { Command } from 'commander';
import { limits } from '../config/limits.js';
import { declare } from './declare.js';
import { type Engine, engines, parseEngine } from '../run/engine.js';

export interface VerifyCommandOptions {
  readonly json?: boolean;
  readonly engine?: Engine;
  readonly threads?: number;
}

/**
 * Runs every case in the folders and prints each error against its tolerance. Its exit code: 1 a miss, 2 a folder without a readable
 * case.
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

export const verifyCommand = (): Command =>
  declare('verify', {
    description: 'Run golden cases through the public packages and print each error against its tolerance.',
    arguments: {
      '<dir...>': 'a folder with case.json and tensors.safetensors, or one that holds such folders',
    },
    options: {
      '--json': 'print one JSON document',
      '--engine <engine>': {
        description: `one of ${engines.join(', ')}`,
        parse: parseEngine,
        usual: 'compiled',
      },
      '--threads <count>': {
        description: 'threads of the compiled engine',
        parse: (text) => typedValue('--threads', text, countUpTo(limits.threads)),
      },
    },
    examples: ['verify golden', 'verify golden/m3ae-paired --engine eager:cpu --json'],
    load: async () => async (folders: string[], options: VerifyCommandOptions) => {
      process.exitCode = await runVerify(folders, options);
    },
  });
