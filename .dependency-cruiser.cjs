// Which package may import which: arrows go down, so that each can be taken alone. A new arrow is one word here.
// usage: npx depcruise packages apps/trainer/src --config
const { readdirSync } = require('node:fs');

const arrows = {
  tree: [],
  errors: [],
  random: ['errors'],
  ops: ['errors'],
  kernels: [],
  compile: ['tree', 'errors', 'ops', 'kernels'],
  checkpoint: ['tree', 'errors'],
  distributed: ['errors'],
  logging: ['checkpoint', 'errors'],
  preprocess: ['random', 'errors'],
  masking: ['random', 'errors'],
  mixing: ['random', 'errors'],
  losses: ['tree', 'errors', 'ops'],
  optim: ['tree', 'errors', 'ops'],
  transformer: ['tree', 'errors', 'random', 'masking', 'ops'],
  datasets: ['tree', 'errors', 'random', 'preprocess', 'checkpoint'],
  prepare: ['errors', 'random', 'preprocess', 'checkpoint', 'datasets'],
  'sample-datasets': ['errors', 'random', 'preprocess', 'checkpoint', 'datasets'],
  evaluation: [
    'tree',
    'errors',
    'random',
    'ops',
    'compile',
    'losses',
    'optim',
    'preprocess',
    'masking',
    'transformer',
    'datasets',
    'checkpoint',
    'weights',
  ],
  weights: ['tree', 'errors', 'checkpoint', 'preprocess', 'masking', 'compile', 'transformer'],
  training: ['tree', 'errors', 'random', 'compile', 'checkpoint', 'optim', 'mixing', 'datasets'],
  study: ['errors', 'checkpoint', 'logging', 'evaluation', 'report', 'runs'],
  runs: [
    'tree',
    'errors',
    'random',
    'mixing',
    'compile',
    'distributed',
    'checkpoint',
    'logging',
    'training',
    'optim',
    'preprocess',
    'transformer',
    'datasets',
    'tasks',
    'evaluation',
    'report',
    'weights',
  ],
  report: ['errors', 'datasets', 'evaluation', 'prepare'],
  tasks: [
    'tree',
    'errors',
    'random',
    'masking',
    'preprocess',
    'losses',
    'transformer',
    'datasets',
    'training',
    'weights',
  ],
  golden: [
    'tree',
    'errors',
    'random',
    'compile',
    'checkpoint',
    'preprocess',
    'masking',
    'optim',
    'transformer',
    'training',
    'tasks',
    'evaluation',
    'weights',
  ],
};

/** The files that `exports` of a package name. */
const doors = readdirSync('packages').flatMap((name) =>
  Object.keys(require(`./packages/${name}/package.json`).exports)
    .filter((path) => !path.endsWith('.json'))
    .map((path) => `^packages/${name}/src/${path === '.' ? 'index' : path.slice(2)}[.]ts$`),
);

const arrowRules = Object.entries(arrows).map(([name, below]) => ({
  name: `${name}-imports-only-what-lies-below`,
  comment: `${name} may import ${below.join(', ') || 'no other package of ours'}.`,
  severity: 'error',
  from: { path: `^packages/${name}/src` },
  to: { path: '^(packages|apps)/', pathNot: [name, ...below].map((each) => `^packages/${each}/`) },
}));

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    ...arrowRules,
    {
      name: 'every-package-has-its-arrows',
      comment: 'A new package is one line in the table above.',
      severity: 'error',
      from: {
        path: '^packages/([^/]+)/src',
        pathNot: Object.keys(arrows).map((name) => `^packages/${name}/`),
      },
      to: {},
    },
    {
      name: 'nothing-imports-an-app',
      severity: 'error',
      from: { path: '^packages/' },
      to: { path: '^apps/' },
    },
    {
      name: 'no-circles-between-files',
      comment: 'Types of one idea may name each other; values may not.',
      severity: 'error',
      from: { path: '^(packages|apps)/[^/]+/src' },
      to: {
        circular: true,
        dependencyTypesNot: ['type-only'],
        viaOnly: { dependencyTypesNot: ['type-only'] },
      },
    },
    {
      name: 'through-the-front-door',
      comment: 'Another package is imported by its name, not by a path into its source.',
      severity: 'error',
      from: { path: '^(packages|apps)/([^/]+)/src' },
      to: {
        path: '^packages/[^/]+/src',
        pathNot: ['^$1/$2/', ...doors],
      },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)(dist|test|fixtures)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default'],
    },
  },
};
