/** What is learned: the names of the tasks. */
export type Method = 'm3ae' | 'mae' | 'clip' | 'supervised';

/** What a method is, for all that depends on it beside its task: checks, estimates, what is read of the data. */
export interface MethodTraits {
  /** As people write it, e.g. `MAE` and `Masked autoencoder`. */
  readonly short: string;
  readonly long: string;
  /** Whether it hides patches and rebuilds them. */
  readonly rebuildsPictures: boolean;
  /** Whether it hides word pieces and predicts them. */
  readonly rebuildsText: boolean;
  /** Whether it reads captions. */
  readonly readsText: boolean;
  /** Whether it learns from classes. */
  readonly readsLabels: boolean;
  /** Whether an example is told apart from the others of its batch. */
  readonly contrasts: boolean;
}

const none = {
  rebuildsPictures: false,
  rebuildsText: false,
  readsText: false,
  readsLabels: false,
  contrasts: false,
};

const traits: Readonly<Record<Method, MethodTraits>> = {
  m3ae: {
    ...none,
    short: 'M3AE',
    long: 'Multimodal masked autoencoder',
    rebuildsPictures: true,
    rebuildsText: true,
    readsText: true,
  },
  mae: { ...none, short: 'MAE', long: 'Masked autoencoder', rebuildsPictures: true },
  clip: {
    ...none,
    short: 'CLIP',
    long: 'Contrastive pictures and captions',
    readsText: true,
    contrasts: true,
  },
  supervised: { ...none, short: 'Supervised', long: 'Classifier trained on labels', readsLabels: true },
};

/** The methods by name. */
export const methodNames = Object.keys(traits) as readonly Method[];

/**
 * What a method is.
 *
 * @example
 * ```ts
 * methodTraits('mae').readsText; // false
 * ```
 */
export const methodTraits = (method: Method): MethodTraits => traits[method];
