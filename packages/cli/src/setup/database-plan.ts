import {
  Influx1Settings,
  Influx2Settings,
  loadConfiguration,
  type ResolvedConfiguration,
} from '@influx-monitoring/core';
import { CommandError } from '../command-error.ts';
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

type Environment = Terminal['environment'];

/** Plans the database of the service, as its administrator. @throws CommandError */
export async function planDatabase(
  { environment, folder }: Pick<Terminal, 'environment' | 'folder'>,
  task: DatabaseTask,
  signal: AbortSignal,
): Promise<PlanItem[]> {
  const { settings, version } = loadAsAdministrator(environment, folder);
  if (settings === undefined) {
    throw new CommandError('no InfluxDB is configured: set INFLUX_URL and credentials, as for the service');
  }
  if (settings instanceof Influx1Settings) {
    const admin = asInflux1Administrator(settings, environment);
    if (task === 'removal') return planInflux1Removal(admin, signal);
    const writer = admin.username === settings.username ? undefined : settings.username;
    return planInflux1(admin, task, writer, signal);
  }
  const admin = asInflux2Administrator(settings, environment);
  if (version !== 3) return task === 'removal' ? planInflux2Removal(admin, signal) : planInflux2(admin, task, signal);
  if (task === 'removal') {
    throw new CommandError(
      `remove it by \`influxdb3 delete database ${settings.bucket}\`: all points in it are deleted`,
    );
  }
  const { headers } = new Influx3Questions(admin);
  return planInflux3({ database: settings.bucket, headers, url: settings.url }, task, signal);
}

/** The service's token exists only after its bucket: an administrator's is enough. */
function loadAsAdministrator(environment: Environment, folder: string): ResolvedConfiguration {
  const { INFLUX_ADMIN_TOKEN: token = '', INFLUX_TOKEN: own = '' } = environment;
  try {
    return loadConfiguration({}, { environment, folder });
  } catch (error) {
    if (token === '' || own !== '') throw error;
    return loadConfiguration({}, { environment: { ...environment, INFLUX_TOKEN: token }, folder });
  }
}

function asInflux1Administrator(
  { dbName, host, port, ssl, ...own }: Influx1Settings,
  environment: Environment,
): Influx1Settings {
  const { INFLUX_ADMIN_USERNAME: username = own.username, INFLUX_ADMIN_PASSWORD: password = own.password } =
    environment;
  return new Influx1Settings({ dbName, host, port, ssl, username, password });
}

function asInflux2Administrator(
  { bucket, host, organization, port, ssl, ...own }: Influx2Settings,
  environment: Environment,
): Influx2Settings {
  const token = environment['INFLUX_ADMIN_TOKEN'] ?? own.token;
  return new Influx2Settings({ bucket, host, organization, port, ssl, token });
}
