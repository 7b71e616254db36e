/** What may take long while a dataset is opened; its name is the first half of a sentence "…: 3 of 12". */
export type OpeningTask =
  | 'Drawing pictures'
  | 'Reading archives'
  | 'Reading files'
  | 'Reading captions (MB)'
  | 'Looking up picture sizes';

/** Told now and then while a dataset is opened: how much of how much of a task is done. */
export type OnProgress = (done: number, total: number, task: OpeningTask) => void;
