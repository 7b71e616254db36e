interface Titled {
  readonly title: string;
  readonly group?: string;
}

/** A metric's title where the heading of its group does not stand beside it. */
export const fullTitle = ({ group, title }: Titled) => (group === undefined ? title : `${group}, ${title}`);

/** What comparisons call a metric. */
export const metricName = (metric: Titled & { readonly id?: string }) => metric.id ?? fullTitle(metric);

/** Whether a table has a row for each variant in each group of metrics. */
export const isGrid = (metrics: readonly Titled[]) =>
  metrics.length > 0 && metrics.every(({ group }) => group !== undefined);
