import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '@influx-monitoring/test-servers';
import { counted, same, withLoad, type RealCase } from '../../case.ts';
import { expectCode, runCommand } from '../../command.ts';

const POINTS = 7000;

export const replay: RealCase = {
  name: 'replay',
  title: 'stores what a spool holds, twice as well as once',
  run: async ({ influx, database }) => {
    const folder = mkdtempSync(join(tmpdir(), 'replay-'));
    try {
      const url = `http://127.0.0.1:${String(await freePort())}`;
      const away = { ...influx.options(database), url, delivery: { spoolFolder: folder, durability: 'wal' as const } };
      await withLoad(away, (load) => {
        load.add(POINTS);
        return Promise.resolve('');
      });
      for (const time of ['once', 'twice']) {
        expectCode(await runCommand(['replay', folder], influx.environment(database)), 0);
        same(`points stored after replaying ${time}`, await influx.count(database, 'requests'), POINTS);
      }
      return `${counted(POINTS, 'point')}, each stored once`;
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
};
