// What is asked
export { resolveStudy, type Study, type StudyChanges } from './resolve-study.js';
export type { StudyConfig, StudyEvaluation, StudyInput } from './schema.js';
export type {
  ComparisonSide,
  StudyClaim,
  StudyComparison,
  StudyMetric,
  StudyRow,
  StudyTable,
} from './schema-tables.js';

// Of what experiment
export type {
  Experiment,
  JobContext,
  JobProgress,
  JobResult,
  JobRunner,
  SettledVariant,
  Settings,
} from './experiment.js';
export { each, fields, type Shape, type ShapeOf } from './shapes.js';
export { type EvaluatedShapes, evaluationShapes } from './evaluation-shapes.js';

// What is to be done
export {
  canonicalJson,
  type EvaluationJob,
  hashOf,
  type PlannedRun,
  planStudy,
  type RunJob,
  runOf,
  type StudyJob,
  type StudyPlan,
} from './plan.js';
export { leaveOutDefaults, settledConfig, type SettledConfigOptions, withoutSetting } from './settings.js';
export { refuseUnknownPaths } from './check-paths.js';
export { costModel, type CostModel } from './estimate.js';
export { type Agenda, agendaOf } from './schedule.js';

// Doing it
export {
  type JobEnd,
  runStudy,
  type RunStudyOptions,
  type StudyEnd,
  type StudyEvent,
  type StudyStatus,
} from './run-study.js';
export { type JobRecord, type Provenance, readRecords, type Records, type StaleRecord } from './records.js';
export {
  type ChildOptions,
  type Children,
  createChildren,
  type PrintedLine,
  type ProgramJobs,
  programRunner,
} from './children.js';
export { failureText, tellAgenda } from './tell-jobs.js';
export { createStudyProgress, type StudyProgress, type StudyProgressOptions } from './progress.js';
export { jobPaths, studyPaths } from './study-folder.js';

// What came out
export { markerNames, writeResults, type WriteResultsOptions } from './write-results.js';
export { requireMarkers } from './markdown-file.js';
export type {
  Cell,
  ClaimResult,
  ComparisonResult,
  PaperColumn,
  ResultMetric,
  ResultRow,
  ResultTable,
  SeedValue,
  StudyResults,
} from './results-types.js';
export type { Interval, Summary } from './statistics.js';
export type { Judgment, Verdict } from './verdict.js';
