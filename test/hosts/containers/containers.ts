import { chmodSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Host, HostPlace } from '../host.ts';
import { codeOf } from '../page-code.ts';
import { REQUESTS_A_SERVICE, Trial } from '../trial.ts';
import { Container, startInContainer, type ContainerOptions } from './container.ts';
import { readDeployment, type Deployment } from './deployment.ts';
import { probeUntil, sendRequests, sendUntil, statusWhere } from './traffic.ts';

/** What Kubernetes sets in each pod for services called `influx` and `monitoring`. */
const SERVICE_VARIABLES = {
  INFLUX_PORT: 'tcp://10.96.1.2:8086',
  INFLUX_PORT_8086_TCP: 'tcp://10.96.1.2:8086',
  INFLUX_PORT_8086_TCP_ADDR: '10.96.1.2',
  INFLUX_PORT_8086_TCP_PORT: '8086',
  INFLUX_PORT_8086_TCP_PROTO: 'tcp',
  INFLUX_SERVICE_HOST: '10.96.1.2',
  INFLUX_SERVICE_PORT: '8086',
  MONITORING_PORT: 'tcp://10.96.1.3:80',
  MONITORING_SERVICE_HOST: '10.96.1.3',
  MONITORING_SERVICE_PORT: '80',
};

/** Of those requests, one to nowhere: it is an error, too. */
const POINTS = REQUESTS_A_SERVICE + 1;
const OUTAGE_MS = 60_000;
const OUTAGE_DEADLINE_MS = 600_000;
/** Points are sent by nothing but a signal. */
const NO_FLUSHES = { MONITORING_FLUSHING_PERIOD: '3600' };
/** What a shell says of a process that SIGTERM has ended. */
const ENDED_BY_SIGTERM = '143';

/** The server of docs/containers.md, as its Deployment runs it. */
export const CONTAINERS: readonly Host[] = [
  host('container', 'a container: a user without name and home, a read-only root, service variables', runAsDeployed),
  host('container-signals', 'a container: the first process, and SIGTERM', runSignals),
  host('container-memory', 'a container of 192 MiB, an outage of 60 s', runOutages),
];

type Task = (place: HostPlace, deployment: Deployment) => Promise<string>;

function host(name: string, title: string, task: Task): Host {
  const run = async (place: HostPlace): Promise<string> => {
    const server = codeOf('containers.md', 'The server', 'js');
    const withoutHandler = server.replace(/^process\.once\('SIGTERM'.*\n/m, '');
    if (withoutHandler === server) throw new Error('docs/containers.md: expected a handler of SIGTERM');
    writeFileSync(join(place.folder, 'server.cjs'), server);
    writeFileSync(join(place.folder, 'without-handler.cjs'), withoutHandler);
    // For a user who has no rights.
    chmodSync(dirname(place.folder), 0o755);
    return task(place, readDeployment());
  };
  return { name, title, dependencies: {}, run };
}

function optionsOf(trial: Trial, deployment: Deployment, project: string): ContainerOptions {
  chmodSync(trial.folder, 0o755);
  return { deployment, project, volume: join(trial.folder, 'volume'), env: trial.databaseEnv };
}

async function runAsDeployed({ folder }: HostPlace, deployment: Deployment): Promise<string> {
  await using trial = await Trial.start();
  const options = optionsOf(trial, deployment, folder);
  const withLinks = { ...options, env: { ...SERVICE_VARIABLES, ...options.env } };
  await checkSandbox(options);
  await trial.influx.refuse();
  {
    await using killed = await Container.start(withLinks);
    await sendRequests(killed.url, trial, REQUESTS_A_SERVICE);
    await statusWhere(killed.url, ({ spooled }) => spooled === POINTS);
    if (killed.childPids.length > 0) throw new Error('it has started processes');
    checkWarnings(killed.printed());
    killed.signal('SIGKILL');
    await killed.ended.catch(() => undefined);
  }
  await trial.influx.listen();
  await using next = await Container.start(withLinks);
  await sendRequests(next.url, trial, REQUESTS_A_SERVICE);
  next.signal('SIGTERM');
  await next.ended;
  trial.check(2 * REQUESTS_A_SERVICE);
  return 'killed in an outage, the next container delivers what its volume holds; variables of Kubernetes are warned of; no processes started';
}

/** @throws Error where the container may do more than the Deployment says */
async function checkSandbox(options: ContainerOptions): Promise<void> {
  const { groupId, memoryMiB, mountPath, userId } = options.deployment;
  const printed = await startInContainer({ ...options, command: ['node', 'sandbox.cjs'] }).ended;
  // The program itself prints it.
  const { heapMiB, home, ...rest } = JSON.parse(printed) as Readonly<Record<string, unknown>>;
  const writes = { '/app': 'EROFS', '/': 'EROFS', '/tmp': 'EROFS', [mountPath]: 'done' };
  const expected = JSON.stringify({ pid: 1, uid: userId, gid: groupId, writes });
  if (JSON.stringify(rest) !== expected || home === 'done' || !(Number(heapMiB) < memoryMiB)) {
    throw new Error(`expected a container of ${expected}, got ${printed}`);
  }
}

function checkWarnings(printed: string): void {
  for (const name of Object.keys(SERVICE_VARIABLES).filter((each) => each.endsWith('_PORT'))) {
    const count = printed.split('\n').filter((line) => line.includes(`${name} is ignored`)).length;
    const expected = name === 'INFLUX_PORT' ? 1 : 0;
    if (count !== expected)
      throw new Error(`${String(count)} warnings of ${name}, not ${String(expected)}: ${printed}`);
  }
}

async function runSignals({ folder }: HostPlace, deployment: Deployment): Promise<string> {
  await endsByHandler(folder, deployment);
  await goesOnWithoutHandler(folder, deployment);
  await endsBehindInit(folder, deployment);
  return 'SIGTERM with a handler: ends with 0; without: points are sent and it goes on; behind tini: ends; no point lost';
}

async function endsByHandler(folder: string, deployment: Deployment): Promise<void> {
  await using trial = await Trial.start();
  const options = optionsOf(trial, deployment, folder);
  await using container = await Container.start({ ...options, env: { ...options.env, ...NO_FLUSHES } });
  await sendRequests(container.url, trial, REQUESTS_A_SERVICE);
  container.signal('SIGTERM');
  await container.ended;
  trial.check(REQUESTS_A_SERVICE);
}

async function goesOnWithoutHandler(folder: string, deployment: Deployment): Promise<void> {
  await using trial = await Trial.start();
  const options = optionsOf(trial, deployment, folder);
  const command = ['node', 'without-handler.cjs'];
  await using container = await Container.start({ ...options, command, env: { ...options.env, ...NO_FLUSHES } });
  await sendRequests(container.url, trial, REQUESTS_A_SERVICE);
  container.signal('SIGTERM');
  await statusWhere(container.url, ({ delivered }) => delivered === POINTS);
  trial.check(REQUESTS_A_SERVICE);
}

async function endsBehindInit(folder: string, deployment: Deployment): Promise<void> {
  await using trial = await Trial.start();
  const options = optionsOf(trial, deployment, folder);
  const command = ['tini', '--', 'node', 'without-handler.cjs'];
  await using container = await Container.start({ ...options, command, env: { ...options.env, ...NO_FLUSHES } });
  await sendRequests(container.url, trial, REQUESTS_A_SERVICE);
  container.signal('SIGTERM');
  const ending = await container.ended.catch((error: unknown) => String(error));
  if (!ending.includes(`ended with ${ENDED_BY_SIGTERM}`)) throw new Error(`behind tini: ${ending}`);
  trial.check(REQUESTS_A_SERVICE);
}

async function runOutages(place: HostPlace, deployment: Deployment): Promise<string> {
  const { MONITORING_SPOOL_FOLDER, MONITORING_DURABILITY, ...inMemory } = deployment.env;
  if (MONITORING_SPOOL_FOLDER === undefined || MONITORING_DURABILITY === undefined) throw new Error('expected a spool');
  const texts = await Promise.all([
    runOutage('in memory', place, { ...deployment, env: inMemory }),
    runOutage('with a spool', place, deployment),
  ]);
  return `${texts.join('; ')}; each probe 200`;
}

/** In memory it lasts until points are dropped: the bound is met, however slow the machine is. */
async function runOutage(name: string, { folder }: HostPlace, deployment: Deployment): Promise<string> {
  await using trial = await Trial.start();
  const options = { ...optionsOf(trial, deployment, folder), deadlineMs: OUTAGE_DEADLINE_MS };
  await using container = await Container.start(options);
  const { url } = container;
  const hasSpool = deployment.env['MONITORING_SPOOL_FOLDER'] !== undefined;
  await trial.influx.refuse();
  let isOver = false;
  const isOverNow = (): boolean => isOver;
  const [requestCount, probeCount] = await Promise.all([
    sendUntil(url, isOverNow),
    probeUntil(url + deployment.probePath, isOverNow),
    wait(OUTAGE_MS)
      .then(() => statusWhere(url, ({ dropped, state }) => state !== 'ok' && (hasSpool || dropped > 0)))
      .finally(() => (isOver = true)),
  ]);
  await trial.influx.listen();
  const { deadLettered, dropped, recorded } = await statusWhere(url, ({ pending }) => pending === 0);
  const peakMiB = container.peakMemoryMiB;
  const stored = trial.influx.store.points('requests').length;
  if (recorded !== requestCount || stored + dropped !== requestCount || deadLettered > 0) {
    throw new Error(
      `${name}: of ${String(requestCount)} requests, ${String(stored)} are stored and ${String(dropped)} dropped`,
    );
  }
  if (dropped > 0 === (deployment.env['MONITORING_SPOOL_FOLDER'] !== undefined)) {
    throw new Error(`${name}: ${String(dropped)} points of ${String(requestCount)} were dropped`);
  }
  if (peakMiB > deployment.memoryMiB) throw new Error(`${name}: it took ${peakMiB.toFixed(0)} MiB`);
  container.signal('SIGTERM');
  await container.ended;
  return `${name} at most ${peakMiB.toFixed(0)} MiB, ${String(requestCount)} requests, ${String(dropped)} dropped and counted, ${String(probeCount)} probes`;
}
