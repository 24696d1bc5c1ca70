/**
 * Installs the servers that tests and demo need and that are missing, with apt-get on Debian and Ubuntu.
 *
 * As a command it takes names of programs: `node test/servers/install.mjs redis-server`; without any, all that the
 * tests need. `installMissing` is the same for other code.
 */
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { fileURLToPath } from 'node:url';

/** The Debian package of each program. */
const PACKAGES = Object.freeze({
  'redis-server': 'redis-server',
  influxd: 'influxdb',
  'victoria-metrics': 'victoria-metrics',
  chromium: 'chromium',
});

/** Debian starts a service when it installs one, unless this file says no. */
const POLICY_FILE = '/usr/sbin/policy-rc.d';
const POLICY = '#!/bin/sh\nexit 101\n';

/**
 * Installs what of these programs is missing.
 *
 * @param {readonly string[]} programs names as in `PACKAGES`
 * @returns {Promise<void>}
 * @throws {Error} that says what to install by hand, where this may not
 */
export async function installMissing(programs = Object.keys(PACKAGES)) {
  const missing = programs.filter((program) => !isOnPath(program));
  if (missing.length === 0) return;
  const packages = missing.map((program) => packageOf(program));
  const command = `apt-get install ${packages.join(' ')}`;
  const prefix = rootPrefix();
  if (!isDebian() || prefix === undefined) {
    throw new Error(
      `${missing.join(', ')}: not found, and may not be installed from here. Install by hand: ${command}`,
    );
  }
  if (!(await isAgreed(`${missing.join(', ')}: not found. Run "${command}" now?`))) {
    throw new Error(`${missing.join(', ')}: not found. Install by hand: ${command}`);
  }
  process.stderr.write(`Installing ${packages.join(', ')} with apt-get …\n`);
  withoutServices(prefix, () => {
    run(prefix, ['apt-get', 'update', '-qq']);
    run(prefix, ['apt-get', 'install', '-y', '-qq', '--no-install-recommends', ...packages]);
  });
}

/** @param {string} program */
function packageOf(program) {
  const name = new Map(Object.entries(PACKAGES)).get(program);
  if (name === undefined) throw new Error(`expected one of ${Object.keys(PACKAGES).join(', ')}, got ${program}`);
  return name;
}

/** @param {string} program */
function isOnPath(program) {
  // Debian keeps some programs where only root's PATH looks.
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/bin'];
  return folders.some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

function isDebian() {
  return existsSync('/etc/debian_version') && isOnPath('apt-get');
}

/** What to put before a command to run it as root; nothing where that can't be done without a password. */
function rootPrefix() {
  if (process.getuid?.() === 0) return [];
  return isOnPath('sudo') && spawnSync('sudo', ['-n', 'true']).status === 0 ? ['sudo', '-n'] : undefined;
}

/** @param {string} question */
async function isAgreed(question) {
  if (!process.stdin.isTTY || process.env.CI !== undefined) return true;
  const prompt = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await prompt.question(`${question} [Y/n] `);
  prompt.close();
  return /^(y|yes|)$/i.test(answer.trim());
}

/**
 * Does something while no service may be started.
 *
 * @param {readonly string[]} prefix
 * @param {() => void} install
 */
function withoutServices(prefix, install) {
  const isOurs = prefix.length === 0 && !existsSync(POLICY_FILE);
  if (isOurs) writeFileSync(POLICY_FILE, POLICY, { mode: 0o755 });
  try {
    install();
  } finally {
    if (isOurs && readFileSync(POLICY_FILE, 'utf8') === POLICY) rmSync(POLICY_FILE);
  }
}

/**
 * @param {readonly string[]} prefix
 * @param {readonly string[]} command
 */
function run(prefix, command) {
  const [program = '', ...rest] = [...prefix, ...command];
  const { status, error } = spawnSync(program, rest, {
    stdio: ['ignore', 2, 2],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  });
  if (status !== 0)
    throw new Error(`${[program, ...rest].join(' ')} failed: ${error?.message ?? `exit code ${status}`}`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const names = process.argv.slice(2);
  await installMissing(names.length === 0 ? undefined : names).catch((/** @type {unknown} */ error) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  });
}
