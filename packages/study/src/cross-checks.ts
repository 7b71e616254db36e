import { type Fault, faultOf, nearestHint } from '@m3ae/errors';
import type { StudyComparison, StudyRow, StudyTable } from './schema-tables.js';
import { askedPaths, isGrid, labelOf, metricName, stepsOf, type StudyConfig } from './schema.js';

/** What a table may name. */
interface Known {
  readonly variants: readonly string[];
  readonly evaluations: readonly string[];
  /** What paths may begin with. */
  readonly figures: readonly string[];
}

/** A fault unless each name is known. */
const among = (
  path: string,
  rule: string,
  names: readonly (string | undefined)[],
  known: readonly string[],
) =>
  names.flatMap((name) =>
    name === undefined || known.includes(name) ? [] : [faultOf(path, rule, name, nearestHint(name, known))],
  );

const repeated = (names: readonly string[]) => [
  ...new Set(names.filter((name, place) => names.indexOf(name) !== place)),
];

/** Faults of a table whose metrics are in groups. */
function groupFaults(at: string, { metrics, paper }: StudyTable): Fault[] {
  const grid = isGrid(metrics);
  const lone = metrics.find(({ group }) => group === undefined);
  const titles = metrics.map(({ title }) => title);
  const mixed = !grid && lone !== undefined && metrics.some(({ group }) => group !== undefined);
  const twice = grid ? repeated(metrics.map(({ group, title }) => `${group}: ${title}`)) : [];
  return [
    ...(mixed ? [faultOf(`${at}.metrics`, 'all in groups, or none', lone.title, 'Give it a group.')] : []),
    ...twice.map((name) => faultOf(`${at}.metrics`, 'of other titles in one group', name, 'Rename one.')),
    ...paper.flatMap(({ column }, place) => {
      const path = `${at}.paper.${place}.column`;
      if (grid && column !== undefined) return among(path, "a metric's title", [column], titles);
      if (grid) return [faultOf(path, "a metric's title, as the metrics have groups", column, 'Add it.')];
      const rule = 'left out where metrics have no group';
      return column === undefined ? [] : [faultOf(path, rule, column, 'Delete it.')];
    }),
  ];
}

function comparisonFaults(at: string, one: StudyComparison, metrics: string[], known: Known): Fault[] {
  const { better, worse, rising, metric } = one;
  const { variants } = known;
  const shaped = rising === undefined ? better !== undefined && worse !== undefined : !better && !worse;
  const remedy = 'Write e.g. { better: "m3ae", worse: "mae", metric }.';
  const rule = 'of better and worse, or of rising';
  return [
    ...among(`${at}.metric`, 'a metric of the table', [metric], metrics),
    ...(shaped ? [] : [faultOf(at, rule, Object.keys(one).join(', '), remedy)]),
    ...(rising !== undefined && rising.length < 2
      ? [faultOf(`${at}.rising`, 'at least two variants', rising.length, 'List them in rising order.')]
      : []),
    ...Object.entries({ better, worse }).flatMap(([name, side]) => [
      ...among(`${at}.${name}`, 'one of variants', [side?.variant], variants),
      ...among(`${at}.${name}.metric`, 'a metric of the table', [side?.metric], metrics),
    ]),
    ...(rising ?? []).flatMap((name, place) =>
      among(`${at}.rising.${place}`, 'one of variants', [name], variants),
    ),
  ];
}

function rowFaults(at: string, { variant, replace }: StudyRow, table: StudyTable, known: Known): Fault[] {
  const unknown = among(at, 'one of variants', [variant], known.variants);
  if (replace === undefined) return unknown;
  const paths = table.metrics.flatMap((metric) => askedPaths(metric, { replace }));
  const path = `${at}.replace`;
  if (paths.length === 0) {
    const rule = "a part of a metric's path and what stands there instead";
    return [...unknown, faultOf(path, rule, replace[0], 'Copy the part from the path.')];
  }
  const begun = new Set(paths.map((one) => stepsOf(one)[0]));
  return [...unknown, ...among(path, 'a way to an evaluation', [...begun], known.figures)];
}

function tableFaults(at: string, table: StudyTable, study: StudyConfig, known: Known): Fault[] {
  const metrics = table.metrics.map(metricName);
  const labels = table.rows.map((row) => row.label ?? labelOf(study, row.variant));
  const shows = table.metrics.length > 0 || table.pictures !== undefined;
  return [
    ...table.rows.flatMap((row, place) => rowFaults(`${at}.rows.${place}`, row, table, known)),
    ...table.metrics.flatMap(({ path }, place) => {
      const begun = path.map((one) => stepsOf(one)[0]);
      return among(`${at}.metrics.${place}.path`, 'begun by an evaluation', begun, known.figures);
    }),
    ...repeated(metrics).map((name) =>
      faultOf(`${at}.metrics`, 'of other titles or ids', name, 'Give one an id.'),
    ),
    ...groupFaults(at, table),
    ...(shows
      ? []
      : [faultOf(at, 'with metrics or pictures', undefined, 'Write metrics: [{ title, path }].')]),
    ...among(`${at}.pictures`, 'one of evaluations', [table.pictures], known.evaluations),
    ...among(`${at}.choose`, 'a metric of the table', [table.choose], metrics),
    ...table.claims.flatMap(({ compare }, claim) =>
      compare.flatMap((one, place) =>
        comparisonFaults(`${at}.claims.${claim}.compare.${place}`, one, metrics, known),
      ),
    ),
    ...table.paper.flatMap(({ values }, place) =>
      among(`${at}.paper.${place}.values`, 'named by a row', Object.keys(values), labels),
    ),
  ];
}

/** Faults that only two fields of a study together can show. */
export function studyFaults(study: StudyConfig, runName: string): Fault[] {
  const variants = Object.keys(study.variants);
  const evaluations = Object.keys(study.evaluations);
  const known = { variants, evaluations, figures: [runName, ...evaluations] };
  const tables = study.tables.map(({ id }) => id);
  const none = faultOf('variants', 'a record of at least one', '{}', 'Write e.g. { m3ae: {} }.');
  const taken = `another name, as ${runName} means the run itself`;
  return [
    ...(variants.length === 0 ? [none] : []),
    ...repeated(tables).map((id) => faultOf('tables', 'of other ids', id, 'Rename one.')),
    ...Object.entries(study.evaluations).flatMap(([name, { variants: wanted = [] }]) =>
      wanted.flatMap((variant, place) =>
        among(`evaluations.${name}.variants.${place}`, 'one of variants', [variant], variants),
      ),
    ),
    ...(evaluations.includes(runName)
      ? [faultOf(`evaluations.${runName}`, taken, runName, 'Rename it.')]
      : []),
    ...(study.quick?.tables ?? []).flatMap((id, place) =>
      among(`quick.tables.${place}`, 'the id of a table', [id], tables),
    ),
    ...among('quick.variants', 'one of variants', Object.keys(study.quick?.variants ?? {}), variants),
    ...study.tables.flatMap((table, place) => tableFaults(`tables.${place}`, table, study, known)),
  ];
}
