import { Command } from 'commander';
import { collect } from './config-of.js';

/** Options of `m3ae convert`. */
export interface ConvertCommandOptions {
  readonly to: string;
  readonly dtype: string;
  readonly set: string[];
  readonly quiet?: boolean;
}

/** The command `m3ae convert`. */
export function convertCommand(): Command {
  return new Command('convert')
    .description('Writes a run, or weights that others trained, for another program.')
    .argument('<in>', 'a run folder, one checkpoint folder in it, or a file or folder of weights')
    .argument('<out>', 'the file to write; with --to huggingface or onnx the folder')
    .requiredOption('--to <form>', 'safetensors, official, huggingface or onnx')
    .option('--dtype <type>', 'of safetensors: float32, float16 or bfloat16', 'float32')
    .option(
      '--set <path=value>',
      'what a file of weights does not say, e.g. model.heads=12; may be repeated',
      collect,
      [],
    )
    .option('--quiet', 'print nothing but errors')
    .addHelpText(
      'after',
      `
Examples:
  $ npx @m3ae/trainer convert m3ae_base.pkl m3ae_base --to huggingface
  $ npx @m3ae/trainer convert runs/emoji-tiny emoji-tiny.pkl --to official
  $ npx @m3ae/trainer convert runs/emoji-tiny emoji-tiny --to onnx`,
    )
    .action(async (from: string, out: string, options: ConvertCommandOptions) => {
      const { runConvert } = await import('./run-convert.js');
      await runConvert(from, out, options);
    });
}
