/** Told now and then: how much of how much of a task is done. */
export type OnPrepareProgress = (task: string, done: number, total: number) => void;
