import { Influx1Settings } from '@influx-monitoring/core';
import { CommandError } from '../command-error.ts';
import { loadAsAdministrator } from '../database/administrator.ts';
import { Influx3Questions } from '../database/influx3-questions.ts';
import type { Terminal } from '../terminal.ts';
import { planInflux1 } from './influx1/plan.ts';
import { planInflux1Removal } from './influx1/removal.ts';
import { planInflux2 } from './influx2/plan.ts';
import { planInflux2Removal } from './influx2/removal.ts';
import { planInflux3 } from './influx3-plan.ts';
import type { DatabaseWishes, PlanItem } from './plan.ts';

/** What is to be done with the database: to bring it to what is wished, or to take away what setup made. */
export type DatabaseTask = DatabaseWishes | 'removal';

/** Plans the database of the service, as its administrator. @throws CommandError */
export async function planDatabase(
  terminal: Pick<Terminal, 'environment' | 'folder'>,
  task: DatabaseTask,
  signal: AbortSignal,
): Promise<PlanItem[]> {
  const { admin, version, username } = loadAsAdministrator(terminal);
  if (admin instanceof Influx1Settings) {
    if (task === 'removal') return planInflux1Removal(admin, signal);
    return planInflux1(admin, task, admin.username === username ? undefined : username, signal);
  }
  if (version !== 3) return task === 'removal' ? planInflux2Removal(admin, signal) : planInflux2(admin, task, signal);
  if (task === 'removal') {
    throw new CommandError(`remove it by \`influxdb3 delete database ${admin.bucket}\`: all points in it are deleted`);
  }
  const { headers } = new Influx3Questions(admin);
  return planInflux3({ database: admin.bucket, headers, tls: admin.tls, url: admin.url }, task, signal);
}
