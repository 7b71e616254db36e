/** How many classes there are, or what they are called in the order of their labels. */
export type Classes = number | readonly string[];

/** Number of classes. */
export const classCount = (classes: Classes): number =>
  typeof classes === 'number' ? classes : classes.length;

/** Name of a class; its number where there are no names. */
export const className = (classes: Classes, label: number): string =>
  typeof classes === 'number' ? String(label) : (classes[label] ?? String(label));
