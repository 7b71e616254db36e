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

export { availableMemory, crowdedReplicas, type CrowdedReplicasOptions } from './machine.js';
export { type ReadFolder, requireOutsideOf } from './run-folder.js';

// Going on
export { type EnterOptions, enterRun, type Entry } from './enter-run.js';
export {
  findRun,
  type FoundRun,
  weightsOf,
  readSavedRun,
  type RecordRules,
  recordOf,
  type SavedRun,
} from './saved-run.js';
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
export {
  trainSettingChecks,
  type TrainSettings,
  checkpointRules,
  largestSettings,
  logRules,
  reportRules,
  trainRules,
} from './section-rules.js';

export { listenForStop, type StopSignal } from './stop-signal.js';

// Training in it
export { type RunFiles, trainRun, type TrainRunOptions, type TrainRunResult } from './train/train-run.js';
export {
  evaluationLoader,
  skippedFiles,
  type SplitReading,
  trainingLoader,
  type MixedSplits,
  mixSplits,
  type MixSplitsOptions,
  splitBatches,
  type SplitBatchesOptions,
} from './train/split-batches.js';
export { followRun, requireSameRun, shareSnapshot } from './train/follow-run.js';
export { type LoopParts, type LoopResult, type Measure, type RunParts, trainLoop } from './train/loop.js';
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
export {
  type LineMarks,
  lineFaults,
  openRunLogs,
  type RunLogs,
  addToJournal,
  type Journal,
  readJournal,
  type SkippedFile,
  skippedLine,
  writeJournal,
} from './run-logs.js';
export {
  commandLine,
  type CommandOptions,
  logCommand,
  type LoggedCommand,
  optionArguments,
  readCommands,
} from './command-log.js';
export { withWayOn } from './stop-signal.js';

// What its numbers depend on
export {
  commitOf,
  codeDigest,
  installedVersion,
  machineVersions,
  type MachineVersions,
} from './provenance.js';

// What is measured of it
export {
  evaluatedRun,
  type EvaluatedRun,
  type Evaluation,
  evaluationsFolder,
  readEvaluations,
  recordEvaluation,
  placeOfResults,
  type ResultsPlace,
} from './evaluations.js';
export {
  inlineGallery,
  inlinePng,
  keepFacts,
  readFacts,
  type ReportFacts,
  reportFacts,
  writeFacts,
} from './report-files.js';
