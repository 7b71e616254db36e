import { faultOf, isInvalidInput, nearestHint, throwFaults } from '@m3ae/errors';
import type {
  EmojiSpec,
  IconSpec,
  ResolvedEmojiSpec,
  ResolvedIconSpec,
  ResolvedSceneSpec,
  SceneSpec,
  WordnetSpec,
} from '@m3ae/sample-datasets/specs';
import { z } from 'zod';
import { howToInstall, samplePackage, sampleSpecs } from './samples.js';

/** What a run decides itself: the part that a source gives. */
type WithoutSplit<Spec> = Omit<Spec, 'split'>;
type CacheOptional<Spec extends { readonly cacheFolder: string }> = Omit<WithoutSplit<Spec>, 'cacheFolder'> &
  Partial<Pick<Spec, 'cacheFolder'>>;

/** Where drawn pictures are kept. */
export const defaultDrawings = { cacheFolder: '.cache/m3ae/emoji' };

/**
 * The schema of a built-in source: its own package checks the options and fills in the defaults; what it finds wrong is told
 * under the path in the config.
 */
function checkedBySamples<Input extends { readonly kind: string }, Output>(
  kind: Input['kind'],
  resolve: (specs: NonNullable<typeof sampleSpecs>, spec: Input) => Output,
) {
  const loose = z.looseObject({ kind: z.literal(kind) });
  const schema = loose.transform((spec, context) => {
    try {
      if (!sampleSpecs) {
        const rule = `a source whose package is installed; that of "${kind}" is ${samplePackage}`;
        throwFaults([faultOf('kind', rule, kind, howToInstall)]);
      }
      return resolve(sampleSpecs!, spec as unknown as Input); // of this kind, and else unchecked: resolve checks it
    } catch (error) {
      if (!isInvalidInput(error)) throw error;
      for (const { path, rule, received, remedy } of error.faults) {
        context.addIssue({
          code: 'custom',
          path: path.split('.'),
          message: `must be ${rule}; received ${received}. ${remedy}`,
        });
      }
      return z.NEVER;
    }
  });
  // zod knows only the loose record that goes in; what a person may write is the package's own type.
  return schema as unknown as z.ZodPipe<typeof loose, z.ZodTransform<Output, Input>> & {
    _zod: { input: Input };
  };
}

/** Resolves a spec whose part the run chooses. */
function splitless<Spec extends object, Resolved extends { readonly split: unknown }>(
  spec: Spec,
  resolve: (spec: Spec) => Resolved,
): WithoutSplit<Resolved> {
  if ('split' in spec) {
    const known = Object.keys(spec).filter((name) => name !== 'split');
    const remedy = `A run takes the parts that it needs. ${nearestHint('split', known)}`;
    throwFaults([faultOf('split', 'left out', spec.split, remedy)]);
  }
  const { split: _, ...resolved } = resolve(spec);
  return resolved;
}

/** Pictures of emoji. */
export const emojiSource = checkedBySamples<
  { readonly kind: 'emoji' } & CacheOptional<EmojiSpec>,
  WithoutSplit<ResolvedEmojiSpec>
>('emoji', (specs, spec) => splitless({ ...defaultDrawings, ...spec }, specs.resolveEmojiSpec));

/** Several emoji in a picture. */
export const sceneSource = checkedBySamples<
  { readonly kind: 'scenes' } & CacheOptional<SceneSpec>,
  WithoutSplit<ResolvedSceneSpec>
>('scenes', (specs, spec) => splitless({ ...defaultDrawings, ...spec }, specs.resolveSceneSpec));

/** Drawings of an icon set. */
export const iconSource = checkedBySamples<
  { readonly kind: 'icons' } & CacheOptional<IconSpec>,
  ResolvedIconSpec
>('icons', (specs, spec) => specs.resolveIconSpec({ ...defaultDrawings, ...spec }));

/** Sentences of WordNet. */
export const wordnetSource = checkedBySamples<WordnetSpec, WordnetSpec>('wordnet', (specs, spec) =>
  specs.resolveWordnetSpec(spec),
);
