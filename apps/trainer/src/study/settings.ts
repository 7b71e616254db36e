import { leaveOutDefaults, type Settings, withoutSetting } from '@m3ae/study';
import { applyOverrides } from '../config/overrides.js';
import { resolveConfig } from '../config/resolve.js';
import type { TrainerConfig } from '../config/schema.js';
import { settingRules } from '../run/rules.js';

const assignments = (set: Settings) =>
  Object.entries(set).map(([path, value]) => `${path}=${JSON.stringify(value)}`);

/** The config of a pre-training: the base of its study with the settings of its variant. */
export function configOf(base: unknown, set: Settings): TrainerConfig {
  return resolveConfig(applyOverrides(base, assignments(set)));
}

/** Settings that change how a run is carried out, and not what comes out of it. */
const ofTheMachine = [...settingRules.harmless, 'train.threads'];

/** Everything of a resolved config that its weights depend on. */
export function decisiveSettings(config: TrainerConfig): Settings {
  const plain: Settings = JSON.parse(
    JSON.stringify(config, (name, value: unknown) => (name === 'cacheFolder' ? undefined : value)),
  );
  return ofTheMachine.reduce((left, path) => withoutSetting(left, path.split('.')), plain);
}

/**
 * The settings that tell one pre-training from another: those that its weights depend on, without those that
 * equal their default. So a later version that knows more settings finds the same run again.
 */
export function identifyingSettings(config: TrainerConfig): Settings {
  return leaveOutDefaults(decisiveSettings(config), resolveConfig);
}
