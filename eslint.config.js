import { existsSync } from 'node:fs';
import js from '@eslint/js';
import tseslint from 'typescript-eslint';

/** The peers of the benchmarks are installed apart; without their types there is nothing to check. */
const BENCH_WITHOUT_PEERS = ['bench', 'bench/routes'].filter((folder) => !existsSync(`${folder}/node_modules`));

/** The rooms of core in the order of the flow: each may import from itself and from those before it. */
const CORE_ROOMS = ['points', 'line-protocol', 'delivery', 'adapters'];

const LATER_ROOM_REASONS = {
  points:
    'points know nothing of lines, delivery or InfluxDB: move what you need into points, or join it in monitoring.ts.',
  'line-protocol': 'the line protocol knows nothing of delivery or InfluxDB clients: join them in monitoring.ts.',
  delivery: "delivery knows nothing of InfluxDB's versions: an adapter answers with an Outcome (delivery/outcome.ts).",
  adapters: 'only monitoring.ts knows the configuration and all adapters.',
};

const coreRoomRules = CORE_ROOMS.map((room, index) => ({
  files: [`packages/core/src/${room}/**/*.ts`],
  rules: {
    'no-restricted-imports': [
      'error',
      {
        patterns: [
          {
            group: [
              ...CORE_ROOMS.slice(index + 1).map((later) => `**/${later}/**`),
              '**/config/**',
              '**/monitoring.ts',
              '**/index.ts',
            ],
            message: LATER_ROOM_REASONS[room],
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
            group: ['express', 'ws', 'redis', '@redis/*', 'ioredis'],
            allowTypeImports: true,
            message: 'what is instrumented is imported as types only: the service brings its own version.',
          },
          {
            group: ['@influx-monitoring/core/*', '**/core/src/**'],
            message: 'wrappers use what core exports, nothing behind it.',
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
                '@influx-monitoring/core/*',
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
              message: 'this runs in a browser: only src/wire.ts and what it may bundle.',
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
            group: ['@influx-monitoring/*', '!@influx-monitoring/core', '@influx-monitoring/core/*', '**/core/src/**'],
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
    // Read by Node as they are, in the projects that test/packages makes.
    files: ['test/packages/consumer/*.cjs'],
    languageOptions: { globals: { fetch: 'readonly', module: 'writable', process: 'readonly', require: 'readonly' } },
    rules: {
      '@typescript-eslint/no-require-imports': 'off',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
    },
  },
);

export default configuration;
