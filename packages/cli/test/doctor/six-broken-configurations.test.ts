import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { freePort, startInflux1, type Influx1Server } from '@influx-monitoring/test-servers';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { StepName } from '../../src/doctor/finding.ts';
import { runDoctor } from '../support/doctor-run.ts';
import { startProxy } from '../support/proxy.ts';
import { startReadable } from '../support/readable-influx.ts';
import { mountSmallDisk } from '../support/small-disk.ts';
import { makeFolder } from '../support/temporary-folder.ts';

/** What stands for a version: a right configuration, and how each fault is made of it. */
interface Right {
  readonly environment: Readonly<Record<string, string>>;
  readonly wrongToken: Readonly<Record<string, string>>;
  readonly noDatabase: Readonly<Record<string, string>>;
  /** The address of a server whose clock is two minutes behind. */
  readonly clockOffUrl: string;
}

const CLOCK_OFFSET_MS = -120_000;

/** The faults that users make, with the step that tells each. */
const FAULTS: readonly (readonly [
  fault: string,
  step: StepName,
  words: RegExp,
  make: (right: Right) => Promise<Readonly<Record<string, string>>>,
])[] = [
  [
    'a wrong port',
    'connection',
    /^connection: nothing listens on 127\.0\.0\.1, port \d+ → Check the port/,
    async () => ({ INFLUX_URL: `http://127.0.0.1:${String(await freePort())}` }),
  ],
  [
    'a wrong token or password',
    'credentials',
    /^credentials: .*: refused \(HTTP 401: .*\) → Check the /,
    ({ wrongToken }) => Promise.resolve(wrongToken),
  ],
  [
    'a database that is not there',
    'database',
    /^database: (?:bucket|database) "moon" is not there → Make it with `npx @influx-monitoring\/cli setup`/,
    ({ noDatabase }) => Promise.resolve(noDatabase),
  ],
  [
    'TLS where the server speaks plain HTTP',
    'HTTP or TLS',
    /^HTTP or TLS: https:\S+ speaks plain HTTP, and TLS is configured → Set INFLUX_SSL=false/,
    ({ environment }) => Promise.resolve({ INFLUX_URL: String(environment['INFLUX_URL']).replace('http:', 'https:') }),
  ],
  [
    'a clock that is off',
    'clocks',
    /^clocks: this machine's clock is 1\d\d\.\d s ahead of the server's → Set both by NTP/,
    ({ clockOffUrl }) => Promise.resolve({ INFLUX_URL: clockOffUrl }),
  ],
];

function readOnlyFolder(): string {
  const folder = join(makeFolder(), 'spool');
  mkdirSync(folder);
  // Modes mean nothing to root, and tests may run as root.
  mountSmallDisk(folder, 'ro');
  return folder;
}

async function expectSixToldApart(right: Right): Promise<void> {
  const folder = makeFolder();
  const spool = join(folder, 'spool');
  const doctor = (changes: Readonly<Record<string, string>>, spoolFolder = spool) =>
    runDoctor(['--spool', spoolFolder], { environment: { ...right.environment, ...changes }, folder });

  const good = await doctor({});
  expect(good).toMatchObject({ exitCode: 0, ok: true, failures: '' });
  expect(new Set(good.steps.map(({ status }) => status))).toEqual(new Set(['ok']));

  const failuresSeen = new Set<string>();
  const expectFailure = (report: Awaited<ReturnType<typeof doctor>>, fault: string, step: string): void => {
    const failed = report.steps.filter(({ status }) => status === 'fail').map((result) => result.step);
    expect([fault, report.exitCode, report.ok, failed]).toEqual([fault, 1, false, [step]]);
    failuresSeen.add(report.failures);
  };
  for (const [fault, step, words, make] of FAULTS) {
    const report = await doctor(await make(right));
    expectFailure(report, fault, step);
    expect(report.failures).toMatch(words);
  }
  const unwritable = await doctor({}, readOnlyFolder());
  expectFailure(unwritable, 'a read-only spool', 'spool folder');
  expect(unwritable.failures).toMatch(
    /^spool folder: the spool folder \S+ cannot be written \(EROFS\) → Make it writable/,
  );
  expect(failuresSeen.size).toBe(6);
}

describe('doctor tells a right configuration from six broken ones', () => {
  let influx: Influx1Server;

  beforeAll(async () => {
    influx = await startInflux1({ user: { name: 'luna', password: 'secret word' } });
    await influx.createDatabase('luna');
  });

  afterAll(() => influx.stop());

  it('of InfluxDB 1.6', async () => {
    const late = await startProxy(influx.port, {
      headers: (headers) => {
        headers['date'] = new Date(Date.now() + CLOCK_OFFSET_MS).toUTCString();
      },
    });
    onTestFinished(() => late.stop());
    await expectSixToldApart({
      environment: {
        INFLUX_URL: influx.url,
        INFLUX_DATABASE: 'luna',
        INFLUX_USERNAME: 'luna',
        INFLUX_PASSWORD: 'secret word',
      },
      wrongToken: { INFLUX_PASSWORD: 'wrong' },
      noDatabase: { INFLUX_DATABASE: 'moon' },
      clockOffUrl: `http://127.0.0.1:${String(late.port)}`,
    });
  });

  it('of InfluxDB 2.7', async () => {
    const { environment } = await startReadable();
    const late = await startReadable({ clockOffsetMs: CLOCK_OFFSET_MS });
    await expectSixToldApart({
      environment,
      wrongToken: { INFLUX_TOKEN: 'wrong' },
      noDatabase: { INFLUX_BUCKET: 'moon' },
      clockOffUrl: String(late.environment['INFLUX_URL']),
    });
  });
});
