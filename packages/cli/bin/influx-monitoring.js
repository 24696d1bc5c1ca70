#!/usr/bin/env node
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const built = join(import.meta.dirname, '../dist/index.mjs');

// A clone that nobody has built has only the sources; a package from the registry always has both.
if (existsSync(built)) {
  const { runProcess } = await import(pathToFileURL(built).href);
  await runProcess();
} else {
  runFromSource();
}

function runFromSource() {
  let loader;
  try {
    loader = import.meta.resolve('tsx');
  } catch {
    process.stderr.write('influx-monitoring is not built, and tsx is not installed: run `npm ci && npm run build`\n');
    process.exitCode = 1;
    return;
  }
  const main = join(import.meta.dirname, '../src/main.ts');
  const nodeArguments = ['--conditions=@influx-monitoring/source', '--import', loader, main];
  const child = spawn(process.execPath, [...nodeArguments, ...process.argv.slice(2)], { stdio: 'inherit' });
  // A Ctrl-C reaches both; the child says what became of it, and another process may signal this one alone.
  process.on('SIGINT', () => undefined);
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  child.on('exit', (code) => {
    process.exitCode = code ?? 1;
  });
}
