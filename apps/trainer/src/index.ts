// Configs
export { InvalidInput } from '@m3ae/errors';
export { loadConfigFile } from './config/load.js';
export { applyOverrides, resolveConfig } from './config/resolve.js';
export { type ConfigInput, type TrainerConfig } from './config/schema.js';

// Studies
export type { StudyInput } from '@m3ae/study';

// A trained encoder
export { loadEncoder } from './evaluation/open-run.js';
export type { EncoderConfig, LoadedEncoder } from '@m3ae/runs/model';
export type { EncodedPicturesOf } from '@m3ae/evaluation/model';
export type { PictureInput } from '@m3ae/datasets';
export type { Method } from '@m3ae/tasks';
