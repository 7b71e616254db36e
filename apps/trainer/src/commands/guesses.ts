import { Command } from 'commander';
import { programName } from './declare.js';

/** Ends with what to type for a word that is no command but that people guess; a word like a command is left to the parser. */
export function refuseGuess(whole: Command, word: string): void {
  const lines = linesFor(word);
  if (lines === undefined || whole.commands.some((command) => command.name() === word)) return;
  const meant = lines.map((line) => `  $ ${line}`).join('\n');
  whole.error(`error: unknown command '${word}'; what you may mean:\n${meant}`);
}

/** What people call a thing that a command does, and what to type for it. */
const guesses: readonly (readonly [words: string, lines: readonly string[]])[] = [
  ['train training fit run start learn', ['pretrain CONFIG']],
  ['resume continue', ['pretrain CONFIG --resume']],
  ['init new create presets list ls', ['configs']],
  ['check validate dry-run dryrun', ['pretrain CONFIG --dry-run', 'data CONFIG']],
  ['memory estimate cost flops', ['plan CONFIG']],
  ['inspect dataset datasets', ['data CONFIG', 'data inspect SOURCE']],
  ['prepare preprocess shard pack', ['data prepare SOURCE --out FOLDER --to FORM']],
  [
    'evaluate evaluation eval test score metrics classify classification',
    ['probe RUN', 'knn RUN', 'retrieve RUN', 'ood RUN', 'attention RUN'],
  ],
  ['linear linear-probe', ['probe RUN']],
  ['retrieval search rank', ['retrieve RUN']],
  ['outliers outlier anomaly', ['ood RUN']],
  ['attend heatmap', ['attention RUN']],
  ['fine-tune tune finetuning', ['finetune RUN']],
  [
    'infer inference predict generate inpaint fill rebuild reconstruction',
    ['reconstruct RUN --image FILE --caption TEXT'],
  ],
  ['encode features embedding embeddings tsne umap plot visualize show', ['embed RUN', 'attention RUN']],
  ['export save onnx huggingface safetensors', ['convert RUN OUT --to FORM']],
  ['import load', ['convert WEIGHTS OUT --to FORM', 'probe WEIGHTS']],
  ['benchmark profile speed time', ['bench step']],
  ['golden selftest', ['verify']],
  ['compare experiment sweep ablation', ['study STUDY']],
  ['version', ['--version']],
  ['usage man h info commands', ['--help']],
];

/** Words that are no commands although people type them. */
export const guessedWords: readonly string[] = guesses.flatMap(([words]) => words.split(' '));

/** What to type for a word that is no command but that people guess, as a person types it; nothing for any other. */
function linesFor(word: string): readonly string[] | undefined {
  const found = guesses.find(([words]) => words.split(' ').includes(word.toLowerCase()));
  return found?.[1].map((line) => `${programName} ${line}`);
}
