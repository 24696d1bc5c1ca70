import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { SmallDisk } from '../../../faults/support/disk.ts';
import { withLoad, type RealCase } from '../../case.ts';
import { startProgram } from '../../programs.ts';

const DISK_KIB = 64 * 1024;
const PIECE = Buffer.alloc(64 * 1024);
/** Before anything happens to the server. */
const FIRST_POINTS = 1000;
const POINTS_PER_SECOND = 3000;
const FAILURES = 3;

export const fullDisk: RealCase = {
  name: 'full-disk',
  title: 'loses nothing while the disk of the database is full',
  run: async ({ program, database }) => {
    const disk = new SmallDisk(DISK_KIB);
    try {
      const influx = await startProgram(program, { dataFolder: disk.folder });
      try {
        await influx.createDatabase(database);
        return await withLoad(influx.options(database), async (load) => {
          load.add(FIRST_POINTS);
          load.start(POINTS_PER_SECOND);
          await load.monitoring.flush();
          const filler = fill(disk.folder);
          await load.failures(FAILURES);
          const reason = load.monitoring.stats().lastError;
          rmSync(filler);
          // 1.x and 2.x keep the error of a file until they are started again, whatever room there is by then.
          await influx.restart();
          const saw = await load.verify({ influx, database });
          return `${saw}, after a restart of the server; ${load.said()}; the server said ${String(reason)}`;
        });
      } finally {
        await influx.stop();
      }
    } finally {
      disk.remove();
    }
  },
};

/** Leaves nothing free. Gives the file that takes the room. */
function fill(folder: string): string {
  const path = join(folder, 'filler');
  const file = openSync(path, 'w');
  try {
    for (let length = PIECE.length; length >= 1;) {
      try {
        writeSync(file, PIECE, 0, length);
      } catch {
        length = Math.floor(length / 2);
      }
    }
  } finally {
    closeSync(file);
  }
  return path;
}
