import { counted, same, withLoad, type CaseContext, type CaseLoad, type RealCase } from '../../case.ts';

const SERIES = 'requests';
const LINES = 1000;
const OLD_LINES = 5000;
/** Of 5,000 lines in one batch and the rest of it: an answer that names its lines needs no halving. */
const MAX_REQUESTS_FOR_OLD = 100;
const DAY_MS = 86_400_000;

/** Makes a database that keeps an hour, and runs a load into it. */
async function withShortRetention(
  { influx, database }: CaseContext,
  run: (load: CaseLoad, short: string) => Promise<string>,
): Promise<string> {
  const short = `${database}-hour`;
  await influx.createDatabase(short, 1);
  return withLoad(influx.options(short), (load) => run(load, short));
}

function recordOld(load: CaseLoad, count: number): void {
  const atMs = Date.now() - 2 * DAY_MS;
  for (let index = 0; index < count; index += 1) {
    const stamp = `${String(atMs)}${String(index).padStart(6, '0')}`;
    load.monitoring.adapter.delivery.record(`${SERIES},route=old request_id="old" ${stamp}`, SERIES);
  }
}

function outcomeOf(load: CaseLoad): object {
  const { delivered, deadLettered, dropped } = load.monitoring.stats();
  return { delivered, refused: deadLettered, dropped };
}

export const badLine: RealCase = {
  name: 'bad-line',
  title: 'a line that cannot be parsed costs that line',
  run: ({ influx, database }) =>
    withLoad(influx.options(database), async (load) => {
      load.add(LINES);
      // Our own encoder would never write it.
      load.monitoring.adapter.delivery.record(`${SERIES},route=x request_id=NaN 17`, SERIES);
      load.add(LINES);
      await load.drain();
      same('points', outcomeOf(load), { delivered: 2 * LINES, refused: 1, dropped: 0 });
      same('points stored', await influx.count(database, SERIES), 2 * LINES);
      return `${counted(2 * LINES, 'point')} stored, 1 refused in ${requestsOf(load)}`;
    }),
};

/** Within the first answer only one of both causes is named. */
export const conflict: RealCase = {
  name: 'conflict',
  title:
    'a conflict of types beside points that are too old: each costs its own lines, and no other counts as delivered',
  // 3 takes points of any age, and removes them later.
  versions: [1, 2],
  run: (context) =>
    withShortRetention(context, async (load, short) => {
      load.add(1);
      await load.drain();
      recordOld(load, 10);
      const now = `${String(Date.now())}000000`;
      load.monitoring.adapter.delivery.record(`${SERIES},route=x request_id=5 ${now}`, SERIES);
      load.add(LINES);
      await load.drain();
      same('points', outcomeOf(load), { delivered: LINES + 1, refused: 11, dropped: 0 });
      same('points stored', await context.influx.count(short, SERIES), LINES + 1);
      return `${counted(LINES + 1, 'point')} stored, 11 refused in ${requestsOf(load)}`;
    }),
};

export const tooOld: RealCase = {
  name: 'too-old',
  title: '5,000 points that are all too old are refused in a few requests',
  versions: [1, 2],
  run: (context) =>
    withShortRetention(context, async (load, short) => {
      recordOld(load, OLD_LINES);
      await load.drain();
      same('points', outcomeOf(load), { delivered: 0, refused: OLD_LINES, dropped: 0 });
      same('points stored', await context.influx.count(short, SERIES), 0);
      const { requests } = load;
      if (requests > MAX_REQUESTS_FOR_OLD) throw new Error(`it took ${counted(requests, 'request')}`);
      return `${counted(OLD_LINES, 'point')} refused in ${requestsOf(load)}`;
    }),
};

function requestsOf({ requests }: CaseLoad): string {
  return counted(requests, 'request');
}
