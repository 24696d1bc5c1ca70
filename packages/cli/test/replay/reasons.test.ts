import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startInflux1, startStrictInflux } from '@influx-monitoring/test-servers';
import { describe, expect, it } from 'vitest';
import { runCaptured } from '../support/captured-terminal.ts';
import { makeFolder } from '../support/temporary-folder.ts';

/** In one batch: good lines, two that are refused for two reasons of their text, and one for the type of its field. */
const LINES = ['m f=1 1', 'm f=oops 2', 'm f= 3', 'm f="text" 4', 'm f=5 5'];

const CONFLICT = 'field type conflict: input field "f" on measurement "m" is type string, already exists as type float';

/** What `replay` says of those lines: the summary, then each reason with how many lines it costs. */
async function replayInto(environment: Readonly<Record<string, string>>): Promise<string[]> {
  const path = join(makeFolder(), 'dead.lp');
  writeFileSync(path, `${LINES.join('\n')}\n`);
  const run = await runCaptured(['replay', path], { environment, folder: makeFolder() });
  expect(run.exitCode).toBe(1);
  const [summary = '', ...reasons] = run.output.trimEnd().split('\n');
  return [summary, ...reasons.sort()];
}

describe('the reasons that replay gives', () => {
  it('are each line’s own with InfluxDB 1.6, where several lines of one batch are refused', async () => {
    const influx = await startInflux1();
    await influx.createDatabase('luna');
    expect(await replayInto({ INFLUX_URL: influx.url, INFLUX_DATABASE: 'luna' })).toEqual([
      '5 lines read, 2 written, 3 refused',
      `  1: HTTP 400: ${CONFLICT}`,
      '  1: HTTP 400: unable to parse a line: invalid boolean',
      '  1: HTTP 400: unable to parse a line: missing field value',
    ]);
    await influx.stop();
  });

  it('are each line’s own with InfluxDB 2.7', async () => {
    const influx = await startStrictInflux();
    const access = { INFLUX_TOKEN: 'token', INFLUX_ORG: 'luna', INFLUX_BUCKET: 'luna_monitoring' };
    expect(await replayInto({ INFLUX_URL: influx.url, ...access })).toEqual([
      '5 lines read, 2 written, 3 refused',
      '  1: HTTP 400: unable to parse a line: invalid boolean',
      '  1: HTTP 400: unable to parse a line: missing field value',
      `  1: HTTP 422: ${CONFLICT}`,
    ]);
    await influx.stop();
  });

  it('are each line’s own with InfluxDB 3, which shows lines without the quotes of their texts', async () => {
    const influx = await startStrictInflux({ flavour: '3' });
    const access = { INFLUX_TOKEN: 'token', INFLUX_DATABASE: 'luna_monitoring' };
    expect(await replayInto({ INFLUX_URL: influx.url, ...access })).toEqual([
      '5 lines read, 2 written, 3 refused',
      '  1: HTTP 400: invalid column type for column …, expected iox::column_type::field::float, got iox::column_type::field::string',
      '  2: HTTP 400: No fields were provided',
    ]);
    // The answer names all three: the rest is sent once more, and nothing is looked for in halves.
    expect(influx.requests).toHaveLength(2);
    await influx.stop();
  });
});
