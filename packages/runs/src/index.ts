// A run's folder
export {
  clearLeftovers,
  clearRunFolder,
  readRunRecord,
  type RunRecord,
  runName,
  runPaths,
  type Warn,
} from './run-folder.js';
export { type LockOptions, lockRunFolder } from './lock.js';

export { type ReadFolder, requireOutsideOf } from './outside.js';

// Going on
export { type EnterOptions, enterRun, type Entry } from './enter-run.js';
export { findRun, type FoundRun, weightsOf } from './find-run.js';
export { readSavedRun, type RecordRules, recordOf, type SavedRun } from './saved-run.js';
export {
  type SavedPoint,
  type SavedState,
  type SaveOptions,
  saveRunSnapshot,
  stateOf,
} from './saved-state.js';
export {
  type OptionNames,
  refuseDifferences,
  refuseNewFacts,
  type RemedyOf,
  type SettingRules,
} from './settings.js';
export { fromEarlier, inTodaysWords, withSourceSettings } from './stored-config.js';
export { trainSettingChecks, type TrainSettings } from './train-checks.js';
export { checkpointRules, largestSettings, logRules, reportRules, trainRules } from './section-rules.js';

export { listenForStop, type StopSignal } from './stop-signal.js';

// Training in it
export {
  type Measure,
  type RunFiles,
  type RunParts,
  trainRun,
  type TrainRunOptions,
  type TrainRunResult,
} from './train/train-run.js';
export { evaluationLoader, skippedFiles, type SplitReading, trainingLoader } from './train/split-loaders.js';
export {
  type MixedSplits,
  mixSplits,
  type MixSplitsOptions,
  splitBatches,
  type SplitBatchesOptions,
} from './train/mix-splits.js';
export { followRun, requireSameRun, shareSnapshot } from './train/follow-run.js';
export { type LoopParts, type LoopResult, trainLoop } from './train/loop.js';
export {
  checkpointOf,
  type CheckpointWords,
  type SavedVocabulary,
  snapshotAt,
  type Streams,
  streamsOf,
  type Vocabulary,
  vocabularyOf,
} from './train/beginning.js';

// What it is told of its data
export { notesOf, tellCaptions, tellNotes, tellReading, tellSplits, tellUnreadable } from './tell-data.js';

// What it writes
export { type LineMarks, lineFaults, openRunLogs, type RunLogs } from './run-logs.js';
export {
  addToJournal,
  type Journal,
  readJournal,
  type SkippedFile,
  skippedLine,
  writeJournal,
} from './journal.js';
export {
  commandLine,
  type CommandOptions,
  logCommand,
  type LoggedCommand,
  optionArguments,
  readCommands,
  withWayOn,
} from './command-log.js';

// Whether this machine is enough for it
export { availableMemory, crowdedReplicas, type CrowdedReplicasOptions } from './machine.js';

// What its numbers depend on
export { commitOf } from './commit.js';
export { codeDigest } from './code-digest.js';
export { installedVersion, machineVersions, type MachineVersions } from './versions.js';

// What is measured of it
export {
  evaluatedRun,
  type EvaluatedRun,
  type Evaluation,
  evaluationsFolder,
  readEvaluations,
  recordEvaluation,
} from './evaluations.js';
export { placeOfResults, type ResultsPlace } from './results-place.js';
export {
  inlineGallery,
  inlinePng,
  keepFacts,
  readFacts,
  type ReportFacts,
  reportFacts,
  writeFacts,
} from './report-files.js';
