// Studies of a program whose trainings keep folders of @m3ae/runs
export { runFolderJobs, type RunProgram } from './runs/run-jobs.js';
export { hasLastCheckpoint, lastStepOf, refuseOlderWeights, trainingFiguresOf } from './runs/run-figures.js';
export { runFolderShape } from './runs/run-shapes.js';
export { conductStudy, type ConductStudyOptions } from './runs/conduct-study.js';
