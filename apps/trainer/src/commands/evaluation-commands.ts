import type { Command } from 'commander';
import { type CommandWords, declare, printing, repeated } from './declare.js';

/** What all evaluations share: the run, and how it is opened and printed. */
const run = {
  '<run>':
    'a run folder, whose newest checkpoint is taken, one checkpoint folder in it, or a file or folder of weights',
} as const;

const shared = {
  '--set <path=value>': repeated("change one setting of the run's config for this evaluation"),
  '--threads <count>': 'the same as --set train.threads=<count>',
  ...printing,
  '--json': 'print the result as one JSON object and nothing else',
} as const;

const features = {
  '--features <names>': [
    'of mean, cls, both, pixels, with commas; raw pixels are always measured beside them',
    'mean,cls,both,pixels',
  ],
} as const;

const oneFeature = { '--features <name>': ['mean, cls, both or pixels', 'mean'] } as const;

/** The evaluations of a trained run, in the order of the help. */
const evaluations: Readonly<Record<string, CommandWords>> = {
  probe: {
    description:
      'Linear probe: how well a linear classifier on the frozen encoder names the classes of unseen pictures.',
    options: {
      ...features,
      '--l2 <numbers>': 'penalties to choose from on the validation part; by default those of the config',
      '--strengths <numbers>': { description: 'as earlier versions called it', hidden: true },
      '--reference': "the paper's probe instead: batch normalization, LARS, the last epoch",
      '--epochs <count>': 'with --reference: passes over the training part; by default 90',
      '--batch <count>': 'with --reference: examples of an update; by default 2048',
    },
    examples: [
      'probe runs/emoji-tiny',
      'probe runs/emoji-tiny --features mean --l2 0.001,0.0003',
      'probe runs/emoji-tiny --reference --features cls --batch 256',
      'probe runs/emoji-tiny/checkpoints/step-00001000 --json',
    ],
    load: async () => (await import('./run-classifiers.js')).runProbe,
  },
  knn: {
    description:
      'Nearest neighbors: how often the training pictures that the frozen encoder finds most alike are of the right class.',
    options: {
      ...features,
      '--neighbors <counts>':
        'how many vote, to choose from on the validation part; by default those of the config',
      '--neighbours <counts>': { description: 'as earlier versions spelled it', hidden: true },
    },
    examples: ['knn runs/emoji-tiny', 'knn runs/emoji-tiny --neighbors 1,5,20 --features mean'],
    load: async () => (await import('./run-classifiers.js')).runKnn,
  },
  finetune: {
    description:
      "Fine-tuning: train a classifier from the run's encoder on, all of it, and measure it on unseen pictures.",
    options: {
      '--epochs <count>': ['passes over the training part', '20'],
      '--learning-rate <rate>': ['the peak rate of the last block and the head', '0.001'],
      '--layer-decay <factor>': ['the rate of a block over that of the next; 1 for one rate', '0.75'],
    },
    examples: [
      'finetune runs/emoji-tiny',
      'finetune runs/emoji-tiny --epochs 50 --layer-decay 0.65',
      'finetune runs/emoji-tiny --epochs 100 --set augment.mixup=0.8 --set augment.cutmix=1',
    ],
    load: async () => (await import('./run-finetune.js')).runFinetune,
  },
  ood: {
    description:
      'Out-of-distribution detection: how well the model notices pictures unlike those it was trained on.',
    options: {
      ...oneFeature,
      '--scores <names>':
        'of maximumSoftmax, energy, mahalanobis, relativeMahalanobis, neighborDistance, with commas; by default all',
      '--built-in':
        'compare with flags, OpenMoji, logos and circular flags too; a run that learned from emoji always does',
    },
    examples: [
      'ood runs/emoji-tiny',
      'ood runs/emoji-tiny --scores mahalanobis,energy --features cls',
      `ood runs/photos --set 'evaluation.outliers=[{"kind":"folder","path":"./other-photos"}]'`,
    ],
    load: async () => (await import('./run-ood.js')).runOod,
  },
  attention: {
    description:
      'Which patches each word looks at: heat maps of unseen pictures or your own, and a score on scenes of emoji.',
    options: {
      '--scenes <count>':
        'scenes of emoji in each part of the score; by default 500 for a run that learned from emoji, else 0: unseen pictures of the run instead, which have no score',
      '--pictures <count>': ['how many are drawn', '6'],
      '--map <name>':
        'last, mean or rollout; by default the one that points best on validation scenes, or last without scenes',
      '--layer <number>': 'one block, from 0, as the mean over its heads',
      '--head <number>': 'one head of that block, from 0',
      '--image <file>': 'a picture of your own, and nothing else; needs --caption',
      '--caption <text>': 'what your picture shows',
    },
    examples: [
      'attention runs/emoji-tiny',
      'attention runs/emoji-tiny --map rollout --pictures 12',
      'attention runs/emoji-tiny --image desk.png --caption "a cup and a book" --layer 2 --head 0',
    ],
    load: async () => (await import('./run-attention.js')).runAttention,
  },
  retrieve: {
    description:
      'Captions by pictures and pictures by captions: recall at 1, 5 and 10 both ways, and zero-shot classes for a CLIP.',
    options: {
      '--pictures <count>':
        'pictures of each test part; by default all for a CLIP, 60 for M3AE, whose work grows with the square',
      '--groups <count>': [
        'for M3AE: a caption is hidden in so many turns, or "each" piece by itself, which is slower and finer',
        '4',
      ],
    },
    examples: ['retrieve runs/emoji-clip', 'retrieve runs/emoji-tiny --pictures 100 --groups 4'],
    load: async () => (await import('./run-retrieve.js')).runRetrieve,
  },
  embed: {
    description: 'Unseen pictures as points in the plane, colored by class; two models side by side.',
    arguments: { '[other]': 'another run or checkpoint, drawn beside it on the same pictures' },
    options: {
      ...oneFeature,
      '--method <name>': ['tsne or umap', 'tsne'],
      '--pictures <count>': ['pictures drawn', '900'],
    },
    examples: ['embed runs/emoji-tiny', 'embed runs/emoji-mae runs/emoji-tiny --method umap'],
    load: async () => (await import('./run-embed.js')).runEmbed,
  },
  reconstruct: {
    description:
      'Hide most of pictures and captions and let a trained model rebuild them: unseen examples, or your own.',
    options: {
      '--image <file>': 'a picture: JPEG, PNG, WebP, …',
      '--caption <text>': 'a caption; alone, or with the picture it describes',
      '--out <file>':
        'where to write original, hidden and rebuilt; by default reconstruction.png in the run folder',
      '--image-mask-ratio <share>': 'share of the picture to hide; by default report.maskRatio of the config',
      '--text-mask-ratio <share>':
        'share of the caption to hide; by default report.textMaskRatio of the config',
      '--examples <count>': 'unseen examples in the gallery; by default report.examples of the config',
      '--seed <number>': ['which parts of your own example are hidden', '0'],
    },
    examples: [
      'reconstruct runs/emoji-tiny',
      'reconstruct runs/emoji-tiny --image cat.png --caption "cat face"',
      'reconstruct runs/emoji-tiny --caption "grinning face happy smile"',
    ],
    load: async () => (await import('./run-reconstruct.js')).runReconstruct,
  },
};

/** The commands that evaluate a trained run. */
export const evaluationCommands = (): Command[] =>
  Object.entries(evaluations).map(([name, words]) =>
    declare(name, {
      ...words,
      arguments: { ...run, ...words.arguments },
      options: { ...shared, ...words.options },
    }),
  );
