import { Command, Option } from 'commander';
import { collect } from './config-of.js';

/**
 * A command `m3ae NAME RUN` with the options that all evaluations share.
 *
 * @param load - Gives what runs it, of the arguments and the options; loaded when it is asked for, as models take a while.
 */
function evaluationCommand<Given extends readonly unknown[]>(
  name: string,
  description: string,
  examples: readonly string[],
  load: () => Promise<(...given: Given) => Promise<void>>,
): Command {
  return new Command(name)
    .description(description)
    .argument(
      '<run>',
      'a run folder, whose newest checkpoint is taken, one checkpoint folder in it, or a file or folder of weights',
    )
    .option(
      '--set <path=value>',
      "change one setting of the run's config for this evaluation; may be repeated",
      collect,
      [],
    )
    .option('--threads <count>', 'the same as --set train.threads=<count>')
    .option('--quiet', 'print nothing but errors')
    .option('--json', 'print the result as one JSON object and nothing else')
    .addHelpText(
      'after',
      `\nExample${examples.length > 1 ? 's' : ''}:\n${examples.map((line) => `  $ ${line}`).join('\n')}`,
    )
    .action(async (...given: Given) => (await load())(...given)); // the arguments that it declares, then its options
}

const featuresOption = [
  '--features <names>',
  'of mean, cls, both, pixels, with commas; raw pixels are always measured beside them',
  'mean,cls,both,pixels',
] as const;

/** The commands that evaluate a trained run, in the order of the help. */
export function evaluationCommands(): Command[] {
  return [
    evaluationCommand(
      'probe',
      'Linear probe: how well a linear classifier on the frozen encoder names the classes of unseen pictures.',
      [
        'npx @m3ae/trainer probe runs/emoji-tiny',
        'npx @m3ae/trainer probe runs/emoji-tiny --features mean --strengths 0.001,0.0003',
        'npx @m3ae/trainer probe runs/emoji-tiny --reference --features cls --batch 256',
        'npx @m3ae/trainer probe runs/emoji-tiny/checkpoints/step-00001000 --json',
      ],
      async () => (await import('./run-classifiers.js')).runProbe,
    )
      .option(...featuresOption)
      .option(
        '--strengths <numbers>',
        'penalties to choose from on the validation part; by default those of the config',
      )
      .option('--reference', "the paper's probe instead: batch normalization, LARS, the last epoch")
      .option('--epochs <count>', 'with --reference: passes over the training part; by default 90')
      .option('--batch <count>', 'with --reference: examples of an update; by default 2048'),
    evaluationCommand(
      'knn',
      'Nearest neighbors: how often the training pictures that the frozen encoder finds most alike are of the right class.',
      [
        'npx @m3ae/trainer knn runs/emoji-tiny',
        'npx @m3ae/trainer knn runs/emoji-tiny --neighbors 1,5,20 --features mean',
      ],
      async () => (await import('./run-classifiers.js')).runKnn,
    )
      .option(...featuresOption)
      .option(
        '--neighbors <counts>',
        'how many vote, to choose from on the validation part; by default those of the config',
      )
      .addOption(new Option('--neighbours <counts>').hideHelp()),
    evaluationCommand(
      'finetune',
      "Fine-tuning: train a classifier from the run's encoder on, all of it, and measure it on unseen pictures.",
      [
        'npx @m3ae/trainer finetune runs/emoji-tiny',
        'npx @m3ae/trainer finetune runs/emoji-tiny --epochs 50 --layer-decay 0.65',
        'npx @m3ae/trainer finetune runs/emoji-tiny --epochs 100 --set augment.mixup=0.8 --set augment.cutmix=1',
      ],
      async () => (await import('./run-finetune.js')).runFinetune,
    )
      .option('--epochs <count>', 'passes over the training part', '20')
      .option('--learning-rate <rate>', 'the peak rate of the last block and the head', '0.001')
      .option('--layer-decay <factor>', 'the rate of a block over that of the next; 1 for one rate', '0.75'),
    evaluationCommand(
      'ood',
      'Out-of-distribution detection: how well the model notices pictures unlike those it was trained on.',
      [
        'npx @m3ae/trainer ood runs/emoji-tiny',
        'npx @m3ae/trainer ood runs/emoji-tiny --scores mahalanobis,energy --features cls',
        `npx @m3ae/trainer ood runs/photos --set 'evaluation.outliers=[{"kind":"folder","path":"./other-photos"}]'`,
      ],
      async () => (await import('./run-ood.js')).runOod,
    )
      .option('--features <name>', 'mean, cls, both or pixels', 'mean')
      .option(
        '--scores <names>',
        'of maximumSoftmax, energy, mahalanobis, relativeMahalanobis, neighborDistance, with commas; by default all',
      )
      .option(
        '--built-in',
        'compare with flags, OpenMoji, logos and circular flags too; a run that learned from emoji always does',
      ),
    evaluationCommand(
      'attention',
      'Which patches each word looks at: heat maps of unseen pictures or your own, and a score on scenes of emoji.',
      [
        'npx @m3ae/trainer attention runs/emoji-tiny',
        'npx @m3ae/trainer attention runs/emoji-tiny --map rollout --pictures 12',
        'npx @m3ae/trainer attention runs/emoji-tiny --image desk.png --caption "a cup and a book" --layer 2 --head 0',
      ],
      async () => (await import('./run-attention.js')).runAttention,
    )
      .option(
        '--scenes <count>',
        'scenes of emoji in each part of the score; by default 500 for a run that learned from emoji, else 0: unseen pictures of the run instead, which have no score',
      )
      .option('--pictures <count>', 'how many are drawn', '6')
      .option(
        '--map <name>',
        'last, mean or rollout; by default the one that points best on validation scenes, or last without scenes',
      )
      .option('--layer <number>', 'one block, from 0, as the mean over its heads')
      .option('--head <number>', 'one head of that block, from 0')
      .option('--image <file>', 'a picture of your own, and nothing else; needs --caption')
      .option('--caption <text>', 'what your picture shows'),
    evaluationCommand(
      'retrieve',
      'Captions by pictures and pictures by captions: recall at 1, 5 and 10 both ways, and zero-shot classes for a CLIP.',
      [
        'npx @m3ae/trainer retrieve runs/emoji-clip',
        'npx @m3ae/trainer retrieve runs/emoji-tiny --pictures 100 --groups 4',
      ],
      async () => (await import('./run-retrieve.js')).runRetrieve,
    )
      .option(
        '--pictures <count>',
        'pictures of each test part; by default all for a CLIP, 60 for M3AE, whose work grows with the square',
      )
      .option(
        '--groups <count>',
        'for M3AE: a caption is hidden in so many turns, or "each" piece by itself, which is slower and finer',
        '4',
      ),
    evaluationCommand(
      'embed',
      'Unseen pictures as points in the plane, coloured by class; two models side by side.',
      [
        'npx @m3ae/trainer embed runs/emoji-tiny',
        'npx @m3ae/trainer embed runs/emoji-mae runs/emoji-tiny --method umap',
      ],
      async () => (await import('./run-embed.js')).runEmbed,
    )
      .argument('[other]', 'another run or checkpoint, drawn beside it on the same pictures')
      .option('--features <name>', 'mean, cls, both or pixels', 'mean')
      .option('--method <name>', 'tsne or umap', 'tsne')
      .option('--pictures <count>', 'pictures drawn', '900'),
    evaluationCommand(
      'reconstruct',
      'Hide most of pictures and captions and let a trained model rebuild them: unseen examples, or your own.',
      [
        'npx @m3ae/trainer reconstruct runs/emoji-tiny',
        'npx @m3ae/trainer reconstruct runs/emoji-tiny --image cat.png --caption "cat face"',
        'npx @m3ae/trainer reconstruct runs/emoji-tiny --caption "grinning face happy smile"',
      ],
      async () => (await import('./run-reconstruct.js')).runReconstruct,
    )
      .option('--image <file>', 'a picture: JPEG, PNG, WebP, …')
      .option('--caption <text>', 'a caption; alone, or with the picture it describes')
      .option(
        '--out <file>',
        'where to write original, hidden and rebuilt; by default reconstruction.png in the run folder',
      )
      .option(
        '--image-mask-ratio <share>',
        'share of the picture to hide; by default report.maskRatio of the config',
      )
      .option(
        '--text-mask-ratio <share>',
        'share of the caption to hide; by default report.textMaskRatio of the config',
      )
      .option(
        '--examples <count>',
        'unseen examples in the gallery; by default report.examples of the config',
      )
      .option('--seed <number>', 'which parts of your own example are hidden', '0'),
  ];
}
