import { join } from 'node:path';
import { runOf, type StudyJob } from './plan.js';

/** Places in a study folder. What lies in `runs` is large and can be made again; the rest is worth keeping. */
export function studyPaths(folder: string) {
  return {
    /** A record for each job that is done. */
    records: join(folder, 'parts'),
    pictures: join(folder, 'pictures'),
    runs: join(folder, 'runs'),
    claims: join(folder, 'claims.json'),
    results: join(folder, 'results.json'),
    tables: join(folder, 'tables'),
    plots: join(folder, 'plots'),
    markdown: join(folder, 'results.md'),
    report: join(folder, 'report.html'),
  };
}

/** Where one job works. */
export function jobPaths(folder: string, job: StudyJob) {
  const { records, runs } = studyPaths(folder);
  const nameOf = ({ name, hash }: StudyJob) => `${name}.${hash}`;
  return {
    record: join(records, `${nameOf(job)}.json`),
    /** Begins the paths of its own files. */
    stem: join(runs, nameOf(job)),
    /** Folder of its run. */
    folder: join(runs, nameOf(runOf(job))),
  };
}
