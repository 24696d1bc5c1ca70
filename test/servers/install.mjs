/**
 * Installs the servers and tools that tests, demo and benchmarks need and that are missing, with apt-get on Debian and Ubuntu.
 *
 * As a command it takes names of programs: `node test/servers/install.mjs redis-server`; without any, all that the
 * tests need. `installMissing` is the same for other code.
 */
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { fileURLToPath } from 'node:url';

/** The Debian package of each program. */
const PACKAGES = Object.freeze({
  'redis-server': 'redis-server',
  influxd: 'influxdb',
  'victoria-metrics': 'victoria-metrics',
  chromium: 'chromium',
  valgrind: 'valgrind',
  nginx: 'nginx',
  setpriv: 'util-linux',
  tini: 'tini',
  unshare: 'util-linux',
});

/** What the tests need; the benchmarks count instructions by valgrind, too. */
const TEST_PROGRAMS = Object.freeze(['redis-server', 'influxd', 'victoria-metrics', 'chromium', 'nginx']);

/** Debian starts a service when it installs one, unless this file says no. */
const POLICY_FILE = '/usr/sbin/policy-rc.d';

/**
 * What root does, given the policy file and the packages. It is one script so that the policy goes away again however
 * this ends: left there, no service of the machine would start any more when it is installed.
 */
const INSTALL_SCRIPT = `
set -eu
policy=$1
shift
if ! [ -e "$policy" ]; then
  trap 'rm -f "$policy"' EXIT
  trap 'exit 130' HUP INT TERM
  printf '#!/bin/sh\\nexit 101\\n' > "$policy"
  chmod 755 "$policy"
fi
export DEBIAN_FRONTEND=noninteractive
# One mirror of several that fails is no reason to stop: what is missing shows in the next line.
apt-get update -qq || true
apt-get install -y -qq --no-install-recommends "$@"
`;

/**
 * Installs what of these programs is missing.
 *
 * @param {readonly string[]} [programs] names as in `PACKAGES`; without any, all that the tests need
 * @param {{ policyFile?: string }} [options] for the tests: where to forbid the start of services
 * @returns {Promise<void>}
 * @throws {Error} that says what to install by hand, where this may not
 */
export async function installMissing(programs = TEST_PROGRAMS, { policyFile = POLICY_FILE } = {}) {
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
  run([...prefix, '/bin/sh', '-c', INSTALL_SCRIPT, 'install', policyFile, ...packages]);
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

/** @param {readonly string[]} command */
function run([program = '', ...words]) {
  const { status, error } = spawnSync(program, words, { stdio: ['ignore', 2, 2] });
  if (status !== 0) throw new Error(`apt-get failed: ${error?.message ?? `exit code ${String(status)}`}`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const names = process.argv.slice(2);
  await installMissing(names.length === 0 ? undefined : names).catch((/** @type {unknown} */ error) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  });
}
