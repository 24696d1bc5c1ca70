import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { setTimeout } from 'node:timers/promises';
import { promisify } from 'node:util';
import { freePort } from '@influx-monitoring/test-servers';
import type { Consumer } from './consumers.ts';
import type { PackedPackage } from './packages.ts';

const README = fileURLToPath(new URL('../../README.md', import.meta.url));
/** Of the README's heading. */
const LIMIT_SECONDS = 120;
const README_PORT = '3000';
const PAGE_DEADLINE_MS = 10_000;
const LOOK_AGAIN_MS = 100;
/** How the page names what the README's two requests met. */
const EXPECTED_ROUTES = ['GET:/api/users/:id', 'GET:unmatched'];

/** What the README's first section says, in its order. */
interface Steps {
  readonly install: string;
  readonly server: string;
  readonly start: string;
  readonly requests: readonly string[];
}

/** A stranger who has nothing but the README, and tarballs in place of the registry: sees the page within two minutes. */
export function firstMinutes(folder: string, packed: readonly PackedPackage[]): Consumer {
  return { name: 'the first two minutes of the README', run: () => follow(folder, packed) };
}

async function follow(folder: string, packed: readonly PackedPackage[]): Promise<void> {
  // The port may be taken here, by whatever else is tested.
  const port = String(await freePort());
  const { install, server, start, requests } = readSteps(port);
  mkdirSync(folder, { recursive: true });
  const beginMs = performance.now();
  await runCommand(folder, withTarballs(install, packed));
  const installedMs = performance.now();
  writeFileSync(join(folder, 'server.mjs'), server);
  const [program = '', ...parameters] = start.split(' ');
  const child = spawn(program, parameters, { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    const address = await addressOf(child);
    for (const command of requests) await runCommand(folder, command);
    await expectPage(address);
  } finally {
    const ended = once(child, 'exit');
    child.kill();
    await ended;
  }
  const endMs = performance.now();
  console.log(
    `    install ${seconds(installedMs - beginMs)}, to the requests on the page ${seconds(endMs - installedMs)}`,
  );
  if ((endMs - beginMs) / 1000 > LIMIT_SECONDS) throw new Error(`it took ${seconds(endMs - beginMs)}`);
}

function readSteps(port: string): Steps {
  const [, section = ''] = readFileSync(README, 'utf8').split(/^## .*$/m);
  const blocks = Array.from(section.matchAll(/^```(sh|ts)\n([\s\S]*?)^```/gm), ([, language, text = '']) => ({
    language,
    text: text.replaceAll(README_PORT, port),
  }));
  const commands = blocks.filter(({ language }) => language === 'sh').map(({ text }) => text.trim());
  const server = blocks.find(({ language }) => language === 'ts')?.text;
  const [install, start, requests] = commands;
  if (install === undefined || server === undefined || start === undefined || requests === undefined) {
    throw new Error('expected commands to install, start and request, and a server, at the beginning of the README');
  }
  return { install, server, start, requests: requests.split('\n') };
}

/** The same command, with the packages from where they were packed. */
function withTarballs(install: string, packed: readonly PackedPackage[]): string {
  const paths = new Map(packed.map(({ manifest, tarballPath }) => [manifest.name, `file:${tarballPath}`]));
  return install
    .split(' ')
    .map((word) => paths.get(word) ?? word)
    .join(' ');
}

async function runCommand(folder: string, command: string): Promise<void> {
  const [program = '', ...parameters] = command.split(' ');
  await promisify(execFile)(program, parameters, { cwd: folder, timeout: LIMIT_SECONDS * 1000 });
}

/** What the server prints as its address, after the line of log that says where its points stay. */
async function addressOf(child: ChildProcess): Promise<string> {
  if (child.stdout === null) throw new Error('expected a pipe for what the server prints');
  const lines = createInterface({ input: child.stdout });
  return await new Promise((resolve, reject) => {
    lines.on('line', (line) => {
      if (URL.canParse(line) && line.startsWith('http')) resolve(line);
    });
    child.once('exit', (code) => {
      reject(new Error(`the server ended with ${String(code)} before it printed its address`));
    });
  });
}

/** The page is updated each second, so what was just requested may not be on it yet. */
async function expectPage(address: string): Promise<void> {
  const page = await fetch(address);
  if (!page.ok) throw new Error(`${address} answered ${String(page.status)}`);
  const deadlineMs = performance.now() + PAGE_DEADLINE_MS;
  for (;;) {
    const view = await (await fetch(`${address}/view.json`)).text();
    const missing = EXPECTED_ROUTES.filter((route) => !view.includes(route));
    if (missing.length === 0) return;
    if (performance.now() > deadlineMs) throw new Error(`the page does not show ${missing.join(' and ')}: ${view}`);
    await setTimeout(LOOK_AGAIN_MS);
  }
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
