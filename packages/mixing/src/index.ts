// Making a stream
export { createMixer, type MixedBatch, type MixedPart, type Mixer } from './mixer.js';
export {
  type MixedSource,
  type MixerConfiguration,
  type MixerOptions,
  mixerRules,
  type MixerSource,
  type SourceKind,
  type SourceShards,
} from './options.js';
export { type MixerState } from './state.js';

// Which examples are paired
export { isPaired } from './use-text.js';
