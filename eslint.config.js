import { existsSync } from 'node:fs';
import js from '@eslint/js';
import tseslint from 'typescript-eslint';

/** The peers of the benchmarks are installed apart; without their types there is nothing to check. */
const BENCH_WITHOUT_PEERS = ['bench', 'bench/routes'].filter((folder) => !existsSync(`${folder}/node_modules`));

/**
 * The folders of core in the order of a point's way: each may import from itself and from those above it. ARCHITECTURE.md
 * says what each is.
 */
const CORE_FOLDERS = {
  process: 'what is one for the process (shared state, patches, guards) knows nothing of points.',
  points: 'a point knows nothing of its line, of delivery or of InfluxDB.',
  messages: 'the context of a message knows nothing of lines or delivery.',
  clock: 'the clock knows nothing of the lines it stamps.',
  lines: 'a line knows nothing of the batch it travels in.',
  folding: 'events are folded before they are lines in a batch.',
  batch: 'a batch knows nothing of where it waits or who sends it.',
  ledger: 'the ledger counts what it is told: it imports nothing of those who tell it.',
  spool: 'the spool keeps batches on disk: it knows neither the queue nor the sender.',
  queue: 'the queue holds what is pending: it knows nothing of sending.',
  sending: "sending knows nothing of InfluxDB's versions: a wire answers with an Outcome (batch/outcome.ts).",
  wires: 'a wire can be made and closed alone: it knows no configuration and no pipeline.',
  config: 'configuration says what to make; pipeline.ts and monitoring.ts make it.',
  metrics: 'samplers are told what to sample; monitoring.ts starts them.',
};

/** The files of core that join its folders: nothing in a folder imports them. */
const CORE_JOINTS = [
  'pipeline',
  'monitoring',
  'default-monitoring',
  'base-monitoring',
  'monitor-process',
  'index',
  'internal',
  'points',
  'spool',
];

const coreRoomRules = Object.entries(CORE_FOLDERS).map(([folder, reason], index) => ({
  files: [`packages/core/src/${folder}/**/*.ts`],
  rules: {
    'no-restricted-imports': [
      'error',
      {
        patterns: [
          {
            group: [
              ...Object.keys(CORE_FOLDERS)
                .slice(index + 1)
                .map((later) => `**/../${later}/**`),
              '**/../adapters/**',
              ...CORE_JOINTS.map((joint) => `../${joint}.ts`),
            ],
            message: `${reason} Move what you need to a folder above (ARCHITECTURE.md lists them in order).`,
          },
        ],
      },
    ],
  },
}));

const WRAPPERS = ['express', 'ws', 'redis'];

const wrapperRules = WRAPPERS.map((name) => ({
  files: [`packages/${name}/src/**/*.ts`],
  rules: {
    '@typescript-eslint/no-restricted-imports': [
      'error',
      {
        patterns: [
          {
            group: WRAPPERS.filter((other) => other !== name).map((other) => `@influx-monitoring/${other}`),
            message: 'the wrappers never import each other: what two of them need belongs in core.',
          },
          {
            // Whole names: a folder of ours may be called so, too.
            regex: '^(express|ws|redis|@redis/.+|ioredis)(/.*)?$',
            allowTypeImports: true,
            message: 'what is instrumented is imported as types only: the service brings its own version.',
          },
          {
            group: ['**/core/src/**'],
            message: 'wrappers use what core exports (and /internal, /spool, /points), nothing behind it.',
          },
        ],
      },
    ],
  },
}));

const dashboardRules = [
  {
    files: ['packages/dashboard/src/**/*.ts'],
    rules: {
      '@typescript-eslint/no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              group: [
                '@influx-monitoring/*',
                '!@influx-monitoring/core',
                '!@influx-monitoring/core/internal',
                '**/core/src/**',
              ],
              message: 'the page shows what core stores: it uses what core exports, and no wrapper.',
            },
            { group: ['**/client/**'], message: 'the server hands the page out as text; what both use is in src.' },
            {
              group: ['express', 'uplot'],
              allowTypeImports: true,
              message: "plain node:http answers; charts are the page's.",
            },
          ],
        },
      ],
    },
  },
  {
    files: ['packages/dashboard/client/**/*.ts'],
    rules: {
      '@typescript-eslint/no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              group: ['node:*', '@influx-monitoring/*'],
              message: 'this runs in a browser: only src/wire and what it may bundle.',
            },
          ],
        },
      ],
    },
  },
];

const cliRules = {
  files: ['packages/cli/src/**/*.ts'],
  rules: {
    '@typescript-eslint/no-restricted-imports': [
      'error',
      {
        patterns: [
          {
            group: ['@influx-monitoring/*', '!@influx-monitoring/core', '**/core/src/**'],
            message: 'the command uses what core exports, and no wrapper: it runs beside a service, not in it.',
          },
        ],
      },
    ],
  },
};

const NO_DEFAULT_EXPORT = { selector: 'ExportDefaultDeclaration', message: 'Export by name.' };

const configuration = tseslint.config(
  { ignores: ['**/node_modules', '**/dist', '**/.tsbuild', 'coverage', '.nx', ...BENCH_WITHOUT_PEERS] },
  // Their packages are installed where test:packages compiles them.
  { ignores: ['test/programs'] },
  js.configs.recommended,
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/consistent-type-exports': 'error',
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/prefer-nullish-coalescing': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      'no-restricted-syntax': [
        'error',
        NO_DEFAULT_EXPORT,
        { selector: 'ExportAllDeclaration', message: 'List names: an index is read.' },
        { selector: 'TSEnumDeclaration', message: 'TypeScript for types only.' },
        { selector: 'TSModuleDeclaration[kind="namespace"]', message: 'TypeScript for types only.' },
      ],
      complexity: ['error', 15],
      'max-depth': ['error', 3],
      'max-lines': ['error', { max: 250, skipBlankLines: true, skipComments: true }],
      'max-lines-per-function': ['error', { max: 45, skipBlankLines: true, skipComments: true }],
    },
  },
  ...coreRoomRules,
  ...wrapperRules,
  ...dashboardRules,
  cliRules,
  {
    files: ['packages/*/test/**', 'test/**', 'bench/**', 'examples/**'],
    rules: { 'max-lines-per-function': 'off', 'max-lines': 'off' },
  },
  {
    files: ['**/*.config.ts', '**/*.config.js'],
    rules: { 'no-restricted-syntax': 'off' },
  },
  { files: ['**/*.js', '**/*.cjs', '**/*.mjs', '*.config.ts'], ...tseslint.configs.disableTypeChecked },
  { files: ['**/*.mjs', '**/*.js'], languageOptions: { globals: { process: 'readonly', console: 'readonly' } } },
  {
    // The one file of CommonJS in the sources: it says why.
    files: ['packages/core/src/process/load-package.cjs'],
    languageOptions: { globals: { exports: 'readonly', require: 'readonly' } },
    rules: { '@typescript-eslint/no-require-imports': 'off' },
  },
  // PM2 reads it as CommonJS.
  { files: ['examples/processes/ecosystem.config.cjs'], languageOptions: { globals: { module: 'writable' } } },
  {
    // Read by Node as they are, in the projects that test/packages and test/hosts make.
    files: ['test/packages/consumer/*.cjs', 'test/hosts/files/*'],
    languageOptions: {
      globals: {
        console: 'readonly',
        exports: 'writable',
        fetch: 'readonly',
        module: 'writable',
        process: 'readonly',
        require: 'readonly',
        __filename: 'readonly',
        setTimeout: 'readonly',
      },
    },
    rules: {
      '@typescript-eslint/no-require-imports': 'off',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
    },
  },
);

export default configuration;
