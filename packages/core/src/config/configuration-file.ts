import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, extname, join, resolve } from 'node:path';
import { MonitoringError } from '../errors.ts';
import { describeValue } from '../option-rules.ts';
import { loadYaml } from '../process/load-package.cjs';

/** Where a file is looked for. */
export interface FileLocation {
  /** A file named by the user; it must exist. */
  readonly path?: string | undefined;
  /** The folder to search. @defaultValue the working directory */
  readonly folder?: string | undefined;
}

/** What a configuration file holds. */
export interface FoundFile {
  readonly content: unknown;
  readonly path: string;
}

/** The name that file names are made from. */
const TOOL_NAME = 'influx-monitoring';

const PACKAGE_FILE = 'package.json';
const DATA_ENDINGS = ['', '.json', '.yaml', '.yml'] as const;
const CODE_ENDINGS = ['.js', '.ts', '.cjs', '.mjs'] as const;

/** The places that cosmiconfig looks at, in its order. */
const SEARCH_PLACES: readonly string[] = [
  PACKAGE_FILE,
  ...[...DATA_ENDINGS, ...CODE_ENDINGS].map((ending) => `.${TOOL_NAME}rc${ending}`),
  ...[...DATA_ENDINGS, ...CODE_ENDINGS].map((ending) => join('.config', `${TOOL_NAME}rc${ending}`)),
  ...CODE_ENDINGS.map((ending) => `${TOOL_NAME}.config${ending}`),
];

/** A larger file is no configuration. */
const MAX_FILE_BYTES = 1024 * 1024;

/**
 * Reads a configuration file: the one named, else the first of the usual places that holds anything.
 *
 * @returns `undefined` where there is none
 * @throws MonitoringError `ERR_CONFIG_FILE` where it can't be read
 */
export function readFile({ path, folder = process.cwd() }: FileLocation): FoundFile | undefined {
  if (path !== undefined) {
    const named = resolve(path);
    return { content: contentOf(named, path), path: named };
  }
  const names = new Set([...namesIn(folder), ...namesIn(join(folder, '.config')).map((name) => join('.config', name))]);
  for (const place of SEARCH_PLACES.filter((name) => names.has(name))) {
    const found = join(folder, place);
    const content = contentOf(found, found);
    if (content !== undefined && content !== null) return { content, path: found };
  }
  return undefined;
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function contentOf(path: string, name: string): unknown {
  try {
    const ending = extname(path);
    const isCode = /^\.[cm]?[jt]s$/.test(ending);
    if (isCode) return load(path);
    const text = readText(path);
    if (text.trim() === '') return undefined;
    if (basename(path) === PACKAGE_FILE) return keyOf(parse(text, '.json'));
    return parse(text, ending);
  } catch (error) {
    throw new MonitoringError(
      'ERR_CONFIG_FILE',
      `${name}: expected a readable configuration file, got ${fault(error, path)}`,
    );
  }
}

function keyOf(manifest: unknown): unknown {
  return typeof manifest === 'object' && manifest !== null ? Reflect.get(manifest, TOOL_NAME) : undefined;
}

function readText(path: string): string {
  const { size } = checkedSize(path);
  if (size > MAX_FILE_BYTES) throw new Error(`A file of ${String(size)} bytes`);
  return readFileSync(path, 'utf8');
}

/** What is no file, as a pipe, would be waited for. */
function checkedSize(path: string): { readonly size: number } {
  const status = statSync(path, { throwIfNoEntry: false });
  // Opening it tells, in the words of the system, why there is none.
  if (status === undefined) return { size: readFileSync(path).length };
  if (!status.isFile()) throw new Error('No file');
  return status;
}

/** A name without an ending may hold either. */
function parse(text: string, ending: string): unknown {
  if (ending === '.json') return JSON.parse(text);
  if (ending !== '' && ending !== '.yaml' && ending !== '.yml') {
    // A name that begins with a dot, as in `.influx-monitoringrc`, has no ending.
    throw new Error(`No loader specified for extension ${JSON.stringify(ending)}`);
  }
  if (ending === '' && text.trimStart().startsWith('{')) {
    try {
      return JSON.parse(text);
    } catch {
      // It may still be YAML, in braces.
    }
  }
  return loadYaml().parse(text, { merge: true });
}

/** Runs a file of JavaScript. Node reads ES modules in this way, too, from 20.19 on, and TypeScript from 22.18 on. */
function load(path: string): unknown {
  checkedSize(path);
  // By this way no bundler tries to follow a name that is known at run time alone.
  const { createRequire } = process.getBuiltinModule('node:module');
  const loaded: unknown = createRequire(path)(path);
  const isModule = typeof loaded === 'object' && loaded !== null && 'default' in loaded;
  return isModule ? loaded.default : loaded;
}

/** Errors that quote the text of the file, where credentials are, are told by name and place, and are no cause. */
function fault(error: unknown, path: string): string {
  if (!(error instanceof Error)) return describeValue(error);
  const code = 'code' in error ? error.code : undefined;
  if (code === 'ERR_REQUIRE_ASYNC_MODULE') return 'a module that awaits something before it is loaded';
  if (error.name === 'SyntaxError') return syntaxFault(path);
  if (error.name === 'YAMLParseError') return `one that is no YAML${placeOf(error)}`;
  if (code === 'MODULE_NOT_FOUND' && /'yaml'/.test(error.message)) {
    return 'YAML, whose reader (the package "yaml") was left out of this bundle: write JSON, or bundle it';
  }
  return `the error ${JSON.stringify(error.message.split('\n')[0])}`;
}

function syntaxFault(path: string): string {
  if (/\.[cm]?ts$/.test(path)) {
    return 'one that this version of Node does not read as TypeScript (22.18 and later do)';
  }
  return /\.[cm]?js$/.test(path) ? 'one that is no JavaScript' : 'one that is no JSON';
}

function placeOf(error: Error): string {
  const positions: unknown = 'linePos' in error ? error.linePos : undefined;
  const first: unknown = Array.isArray(positions) ? positions[0] : undefined;
  const isPosition = typeof first === 'object' && first !== null && 'line' in first && 'col' in first;
  return isPosition ? ` at ${String(first.line)}:${String(first.col)}` : '';
}
