// What a person types in place of a setting of a file
export {
  applyOverrides,
  type Assignment,
  type OverrideRules,
  parseAssignments,
} from './settings/overrides.js';

// What is wrong with settings, and between them
export { faultsBetween, type SettingsCheck } from './settings/faults-between.js';
export { settingFault, showSetting } from './settings/setting-fault.js';
