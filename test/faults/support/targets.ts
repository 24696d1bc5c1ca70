import type { MonitoringOptions } from '@influx-monitoring/core';
import {
  startStrictInflux,
  type Fault,
  type Influx1Server,
  type RefusedCounts,
  type Reply,
  type StrictFlavour,
  type StrictInflux,
} from '@influx-monitoring/test-servers';
import { pause } from './load.ts';
import { holdingOfInflux1, holdingOfStrict, type Holding } from './verify.ts';

type Options = MonitoringOptions & { readonly flushingPeriod: number };

/** A database that a schedule can hurt. Each way of hurting it ends with it whole again. */
export interface Target {
  readonly options: Options;
  readonly troubles: Readonly<Record<string, (durationMs: number) => Promise<void>>>;
  /** By the words in which it tells of lines that it refuses. */
  readonly refusals: Readonly<Record<string, (durationMs: number) => Promise<void>>>;
  holding(): Promise<Holding>;
  stop(): Promise<void>;
}

const FLUSHING_PERIOD = 0.02;
const LOCALHOST = '127.0.0.1';

const FAULTS: Readonly<Record<string, Fault>> = {
  hang: { kind: 'hang' },
  'reset at once': { kind: 'reset', afterBytes: 0 },
  'reset in mid-body': { kind: 'reset', afterBytes: 100 },
  'cut 204': { kind: 'cut', status: 204 },
  'cut 503': { kind: 'cut', status: 503 },
  slow: { kind: 'slow', delayMs: 1300 },
  'rather slow': { kind: 'slow', delayMs: 60 },
  'store, then reset': { kind: 'store-then-reset' },
  '429': { kind: 'answer', status: 429, headers: { 'retry-after': '0' } },
  '500': { kind: 'answer', status: 500 },
  '503': { kind: 'answer', status: 503 },
  '401': { kind: 'answer', status: 401 },
  '404': { kind: 'answer', status: 404 },
};

const REFUSALS: Readonly<Record<string, (counts: RefusedCounts) => Reply>> = {
  'a count of those accepted': ({ lineCount, storedCount }) => ({
    status: 400,
    body: {
      code: 'invalid',
      message:
        `partial write error (${String(storedCount)} accepted): ` +
        `${String(lineCount - storedCount)} out of ${String(lineCount)} points rejected`,
    },
  }),
  'a line of no meaning': () => ({ status: 400, body: { code: 'invalid', line: 0, message: 'partial write: types' } }),
  'no data': () => ({ status: 400, body: { error: 'partial write of line protocol occurred', data: null } }),
  'an empty list': () => ({ status: 400, body: { error: 'partial write of line protocol occurred', data: [] } }),
  'an empty body': () => ({ status: 400 }),
  'a 422 and a page': () => ({ status: 422, body: '<html>refused</html>' }),
};

export async function startStrictTarget(flavour: StrictFlavour): Promise<Target> {
  const server = await startStrictInflux({ flavour });
  const faults = Object.entries(FAULTS).map(([name, fault]) => [name, hurt(server, fault)] as const);
  return {
    options: strictOptions(server),
    troubles: {
      ...Object.fromEntries(faults),
      '413 once': () => {
        server.faults.push({ kind: 'answer', status: 413 });
        return Promise.resolve();
      },
      'a page with 200': hurt(server, { kind: 'answer', status: 200, body: '<html>Sign in</html>' }),
      'a full disk': hurt(server, {
        kind: 'answer',
        status: 400,
        body: '{"error":"partial write: no space left on device dropped=1"}',
      }),
      'an answer without end': hurt(server, { kind: 'endless', status: 503 }),
      '429 storm': (durationMs) => {
        const refusal: Fault = { kind: 'answer', status: 429 };
        for (let round = 0; round < durationMs / 20; round += 1) {
          server.faults.push(refusal, refusal, { kind: 'slow', delayMs: 1 });
        }
        return pause(durationMs);
      },
      refused: async (durationMs) => {
        await server.refuse();
        await pause(durationMs);
        await server.listen();
      },
    },
    refusals: {
      'its own words': pause,
      ...Object.fromEntries(
        Object.entries(REFUSALS).map(([words, reword]) => [words, hurt(server, { kind: 'reword', reword })]),
      ),
    },
    holding: () => Promise.resolve(holdingOfStrict(server)),
    stop: () => server.stop(),
  };
}

function hurt(server: StrictInflux, fault: Fault): (durationMs: number) => Promise<void> {
  return async (durationMs) => {
    server.faults.set(fault);
    await pause(durationMs);
    server.faults.clear();
  };
}

function strictOptions(server: StrictInflux): Options {
  const address = { host: LOCALHOST, port: server.port, flushingPeriod: FLUSHING_PERIOD };
  return server.flavour === '1.8'
    ? { ...address, credentials: { dbName: server.bucket, username: 'luna', password: 'token' } }
    : { ...address, credentials: { organization: server.organization, bucket: server.bucket, token: 'token' } };
}

/** A database of its own in a real InfluxDB 1.6 that others use, too, one after another. */
export async function startInflux1Target(server: Influx1Server, database: string): Promise<Target> {
  await server.createDatabase(database);
  return {
    options: { host: LOCALHOST, port: server.port, flushingPeriod: FLUSHING_PERIOD, credentials: { dbName: database } },
    troubles: {
      'hang (SIGSTOP)': async (durationMs) => {
        server.suspend();
        await pause(durationMs);
        server.resume();
      },
      'kill -9': async (durationMs) => {
        await server.kill();
        await pause(durationMs);
        await server.restart();
      },
    },
    refusals: { 'its own words': pause },
    holding: () => holdingOfInflux1(server, database),
    stop: () => server.dropDatabase(database),
  };
}
