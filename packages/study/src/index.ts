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
export {
  canonicalJson,
  type Experiment,
  hashOf,
  type JobContext,
  type JobProgress,
  type JobResult,
  type JobRunner,
  type SettledVariant,
  type Settings,
} from './experiment.js';
export { leaveOutDefaults, settledConfig, type SettledConfigOptions, withoutSetting } from './settings.js';
export { each, fields, refuseUnknownPaths, type Shape, type ShapeOf } from './shapes.js';
export { type EvaluatedShapes, evaluationShapes } from './evaluation-shapes.js';

// What is to be done
export {
  type EvaluationJob,
  type PlannedRun,
  planStudy,
  type RunJob,
  runOf,
  type StudyJob,
  type StudyPlan,
} from './plan.js';
export { type Agenda, agendaOf, costModel, type CostModel, tellAgenda } from './schedule.js';

// Doing it
export {
  type JobEnd,
  runStudy,
  type RunStudyOptions,
  type StudyEnd,
  type StudyEvent,
  type StudyStatus,
} from './run-study.js';
export {
  jobPaths,
  type JobRecord,
  type Provenance,
  readRecords,
  type Records,
  type StaleRecord,
  studyPaths,
} from './records.js';
export {
  type ChildOptions,
  type Children,
  createChildren,
  type PrintedLine,
  type ProgramJobs,
  programRunner,
} from './children.js';
export {
  createStudyProgress,
  failureText,
  type StudyProgress,
  type StudyProgressOptions,
} from './progress.js';

// What came out
export { markerNames, writeResults, type WriteResultsOptions } from './write-results.js';
export { requireMarkers } from './markdown.js';
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
export type { Interval, Judgment, Summary, Verdict } from './statistics.js';
