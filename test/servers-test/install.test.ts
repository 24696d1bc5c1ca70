import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { installMissing } from '@influx-monitoring/test-servers/install';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

const SCRIPT = fileURLToPath(new URL('../servers/install.mjs', import.meta.url));

/** A machine without the servers, whose apt-get notes what it is asked and brings what it is asked for. */
class FakeDebian {
  readonly folder = mkdtempSync(join(tmpdir(), 'fake-debian-'));
  readonly policyFile = join(this.folder, 'policy-rc.d');
  readonly #programs = join(this.folder, 'bin');
  readonly #log = join(this.folder, 'log');

  constructor(onInstall: string) {
    mkdirSync(this.#programs);
    const note = `echo "$1 $(/usr/bin/tail -n 1 ${this.policyFile})" >> ${this.#log}`;
    this.#add('apt-get', `${note}\n[ $1 = update ] || { ${onInstall}\n}`);
    // Where we are root already nobody asks for it.
    this.#add('sudo', 'shift; exec "$@"');
    for (const tool of ['rm', 'chmod', 'true']) symlinkSync(`/usr/bin/${tool}`, join(this.#programs, tool));
    vi.stubEnv('PATH', this.#programs);
    vi.stubEnv('CI', 'true');
  }

  get log(): string[] {
    return existsSync(this.#log) ? readFileSync(this.#log, 'utf8').trim().split('\n') : [];
  }

  #add(name: string, script: string): void {
    writeFileSync(join(this.#programs, name), `#!/bin/sh\n${script}\n`);
    chmodSync(join(this.#programs, name), 0o755);
  }
}

let debian: FakeDebian | undefined;
const written = vi.fn<(text: string) => boolean>(() => true);

beforeEach(() => {
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => written(String(text)));
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  written.mockClear();
  if (debian !== undefined) rmSync(debian.folder, { recursive: true });
  debian = undefined;
});

describe('installMissing', () => {
  it('does and prints nothing where all is there', () => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [SCRIPT, 'redis-server', 'influxd'], {
      encoding: 'utf8',
    });
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: '', stderr: '' });
  });

  it('updates, installs, and starts no service meanwhile', async () => {
    debian = new FakeDebian('true');
    await installMissing(['redis-server', 'influxd'], { policyFile: debian.policyFile });
    expect(debian.log).toEqual(['update exit 101', 'install exit 101']);
    expect(existsSync(debian.policyFile)).toBe(false);
    expect(written.mock.calls).toEqual([['Installing redis-server, influxdb with apt-get …\n']]);
  });

  it('leaves a policy that was there as it was', async () => {
    debian = new FakeDebian('true');
    writeFileSync(debian.policyFile, '#!/bin/sh\nexit 104\n');
    await installMissing(['redis-server'], { policyFile: debian.policyFile });
    expect(debian.log).toEqual(['update exit 104', 'install exit 104']);
    expect(readFileSync(debian.policyFile, 'utf8')).toBe('#!/bin/sh\nexit 104\n');
  });

  it.each([
    ['fails', 'exit 100', 'apt-get failed: exit code 100'],
    ['is interrupted', 'kill -INT $PPID; exit 1', 'apt-get failed: exit code 130'],
  ])('takes its policy away where apt-get %s', async (_what, onInstall, message) => {
    debian = new FakeDebian(onInstall);
    await expect(installMissing(['redis-server'], { policyFile: debian.policyFile })).rejects.toThrow(message);
    expect(existsSync(debian.policyFile)).toBe(false);
  });

  it('says what to install where it may not', async () => {
    debian = new FakeDebian('true');
    vi.stubEnv('PATH', '/nowhere');
    await expect(installMissing(['victoria-metrics'], { policyFile: debian.policyFile })).rejects.toThrow(
      'victoria-metrics: not found, and may not be installed from here. ' +
        'Install by hand: apt-get install victoria-metrics',
    );
  });

  it('knows the programs that it can install', async () => {
    await expect(installMissing(['no-such-server'])).rejects.toThrow(/expected one of redis-server, .* no-such-server/);
    expect(() => execFileSync(process.execPath, [SCRIPT, 'no-such-server'], { stdio: 'pipe' })).toThrow(
      /expected one of redis-server/,
    );
  });
});
