// The config file of a program
export { loadConfigFile } from './config/load-config.js';

// What a config may need besides
export { loadOptional } from './config/load-optional.js';

// Which one a person means
export { findConfig, type FindConfigOptions, type Preset, presetsOf } from './config/find-config.js';
