import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';

/** The files of the page, as text. */
export interface ClientFiles {
  readonly icon: string;
  readonly page: string;
  readonly script: string;
  readonly style: string;
}

const CLIENT_FOLDER = new URL('../client/', import.meta.url);

/** Bundles the page's script and style, uPlot included. */
export function bundleClient(): ClientFiles {
  const { outputFiles } = buildSync({
    absWorkingDir: fileURLToPath(CLIENT_FOLDER),
    bundle: true,
    charset: 'utf8',
    entryPoints: { page: 'main.ts', style: 'style.css' },
    format: 'iife',
    legalComments: 'inline',
    logLevel: 'error',
    minify: true,
    outdir: 'out',
    target: ['chrome109', 'firefox115', 'safari16'],
    write: false,
  });
  const textOf = (ending: string): string => outputFiles.find(({ path }) => path.endsWith(ending))?.text ?? '';
  return {
    icon: readFileSync(new URL('icon.svg', CLIENT_FOLDER), 'utf8'),
    page: readFileSync(new URL('page.html', CLIENT_FOLDER), 'utf8'),
    script: textOf('page.js'),
    style: textOf('style.css'),
  };
}
