// Studies of a program whose trainings keep folders of @m3ae/runs
export { runFolderJobs, type RunProgram } from './run-folders/run-jobs.js';
export {
  hasLastCheckpoint,
  lastStepOf,
  refuseOlderWeights,
  trainingFiguresOf,
} from './run-folders/run-figures.js';
export { runFolderShape } from './run-folders/run-shapes.js';
export { conductStudy, type ConductStudyOptions } from './run-folders/conduct-study.js';
