/**
 * Products in bf16 against float32: the same training on emoji, three seeds each.
 *
 * It answers whether what a model has learned differs by more than the seeds do.
 *
 * Run:    npx @m3ae/trainer study study-precision     on a processor with AVX512-BF16 or AMX
 * Takes:  less than 58 min on 2 cores (AMD EPYC), other work beside it, commit 8da0307
 * Gives:  results.md: losses and probes of the two differ by less than those of the seeds
 */
import type { StudyInput } from '@m3ae/trainer';

const probe = (test: string) => `probe.results.features.{probe.results.best}.tests.${test}.top1.value`;
const share = (name: string) => `pretrain.finished.losses.${name}.share`;

export default {
  name: 'precision',
  title: 'Products in bf16 and in float32',
  base: 'emoji-tiny',
  set: { 'train.steps': 2000 },
  seeds: [0, 1, 2],
  jobs: 2,
  threads: 1,
  variants: {
    float32: { label: 'float32', set: { 'train.precision': 'float32' } },
    bf16: { label: 'bf16', set: { 'train.precision': 'bf16' } },
  },
  evaluations: { probe: { options: { features: 'mean,cls,both' } } },
  tables: [
    {
      id: 'precision',
      title: 'Training losses at the end, as a share of those of guessing, and linear probes',
      note: '2,000 steps on emoji, three seeds.',
      rows: ['float32', 'bf16'].map((variant) => ({ variant })),
      metrics: [
        { id: 'pictures', title: 'pictures', path: share('imageLoss') },
        { id: 'words', title: 'words', path: share('textLoss') },
        { id: 'drawing', title: 'unseen drawing', path: probe('unseenDrawing') },
        { id: 'emoji', title: 'unseen emoji', path: probe('unseenEmoji') },
      ],
    },
  ],
} satisfies StudyInput;
