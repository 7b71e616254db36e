// The config file of a program
export { loadConfigFile } from './config/load-config.js';

// Which one a person means
export { findConfig, type FindConfigOptions, type Preset, presetsOf } from './config/find-config.js';
