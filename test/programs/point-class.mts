/** A point class of one's own, and points without one. */
import {
  BaseMonitoringPoint,
  DataForMonitoring,
  createMonitoring,
  monitorTime,
  type BaseMonitoringPointInit,
  type Fields,
  type Monitoring,
  type PointTimer,
  type Tags,
  type Undo,
} from '@influx-monitoring/core';
import { RequestMonitoringPoint } from '@influx-monitoring/core/points';
import { listSpoolQueues } from '@influx-monitoring/core/spool';

export interface ImportPointInit extends BaseMonitoringPointInit {
  readonly source: string;
}

export class ImportPoint extends BaseMonitoringPoint {
  readonly series = 'imports';
  readonly data: DataForMonitoring = new DataForMonitoring();
  readonly #source: string;

  constructor({ source, ...init }: ImportPointInit) {
    super(init);
    this.#source = source;
  }

  get tags(): Tags {
    return { service: 'shop', source: this.#source };
  }

  get fields(): Fields {
    return { ...this.data.fields, rows: 3n };
  }
}

interface CacheTags {
  readonly region: string;
}
interface CacheFields {
  readonly hits: bigint;
  readonly ratio?: number;
}

/** Typed by interfaces, which have no index signature. */
export class CachePoint extends BaseMonitoringPoint {
  readonly series = 'cache';

  get tags(): CacheTags {
    return { region: 'eu' };
  }

  get fields(): CacheFields {
    return { hits: 3n };
  }
}

interface WrongFields {
  readonly at: Date;
}

class WrongPoint extends BaseMonitoringPoint {
  readonly series = 'wrong';

  get tags(): CacheTags {
    return { region: 'eu' };
  }

  get fields(): WrongFields {
    return { at: new Date() };
  }
}

export async function run(monitoring: Monitoring = createMonitoring({ store: 'memory' })): Promise<number> {
  const point: ImportPoint = new ImportPoint({ source: 'file', eventTime: new Date() });
  await monitorTime(point.data, 'load_time', () => Promise.resolve());
  monitoring.addPoint(point);
  monitoring.addPoints([new CachePoint({ eventTime: monitoring.now() })]);
  const tags: CacheTags = { region: 'eu' };
  const fields: CacheFields = { hits: 3n };
  monitoring.record('cache', { tags, fields, time: new Date() });
  const timer: PointTimer = monitoring.timer('report', tags);
  timer.end({ rows: 7 });
  const undo: Undo = monitoring.on('drop', ({ count, reason }) => {
    console.log(count, reason);
  });
  undo();
  monitoring.addPoints([
    new RequestMonitoringPoint({
      requestId: 'one',
      resource: '/version',
      method: 'GET',
      executionTime: 0.01,
      requestTime: monitoring.now(),
      service: monitoring.service,
      statusCode: 200,
    }),
  ]);
  return (await listSpoolQueues('/nowhere')).length;
}

export function wrong(monitoring: Monitoring): void {
  // @ts-expect-error A field holds no Date.
  monitoring.record('cache', { fields: { at: new Date() } });
  // @ts-expect-error A point needs fields.
  monitoring.record('cache', { tags: { region: 'eu' } });
  // @ts-expect-error There is no such event.
  monitoring.on('dropped', () => undefined);
  // @ts-expect-error A field holds no Date, in an interface either.
  monitoring.addPoint(new WrongPoint({ eventTime: new Date() }));
  // @ts-expect-error Among right ones neither.
  monitoring.addPoints([new CachePoint({ eventTime: new Date() }), new WrongPoint({ eventTime: new Date() })]);
  // @ts-expect-error Nor in an object that was made by hand.
  monitoring.addPoint({ eventTime: 1, series: 'cache', tags: {}, fields: { at: new Date() } });
  // @ts-expect-error A tag holds no list.
  monitoring.addPoint({ eventTime: 1, series: 'cache', tags: { regions: ['eu'] }, fields: { hits: 1 } });
  // @ts-expect-error A point is an object of a class of points.
  monitoring.addPoint({ series: 'cache' });
}

// @ts-expect-error A point class has fields.
export class WithoutFields extends BaseMonitoringPoint {
  readonly series = 'nothing';
  get tags(): Tags {
    return {};
  }
}
