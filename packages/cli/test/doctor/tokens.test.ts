import { describe, expect, it } from 'vitest';
import { runDoctor } from '../support/doctor-run.ts';
import { startReadable } from '../support/readable-influx.ts';
import { makeFolder } from '../support/temporary-folder.ts';

describe('doctor and tokens of InfluxDB 2.x', () => {
  it.each([[[]], [['--no-write']]])('says that one is inactive (%j)', async (words: readonly string[]) => {
    const { influx, environment } = await startReadable();
    influx.tokenState = 'inactive';
    const report = await runDoctor(words, { environment, folder: makeFolder() });
    expect(report).toMatchObject({ exitCode: 1, statuses: { credentials: 'fail', database: 'skip', write: 'skip' } });
    expect(report.failures).toBe(
      'credentials: the token is inactive → Activate it, or use another (INFLUX_TOKEN in the environment).',
    );
    expect(influx.requests).toEqual([]);
  });

  it('names setup --make-token where one may only read, or holds the id of a bucket that is gone', async () => {
    const { influx, environment } = await startReadable();
    influx.tokenState = 'reading';
    const report = await runDoctor([], { environment, folder: makeFolder() });
    expect(report).toMatchObject({ exitCode: 1, statuses: { database: 'ok', write: 'fail' } });
    expect(report.failures).toBe(
      'write: a write is refused (HTTP 403: insufficient permissions for write) → Give these credentials the right to ' +
        'write into bucket "luna_monitoring", or check the token (INFLUX_TOKEN in the environment): ' +
        '`npx @influx-monitoring/cli setup --make-token` makes one that may, and a bucket that was deleted and made again ' +
        'needs new tokens, since they hold its id.',
    );
  });
});
