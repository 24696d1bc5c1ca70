/**
 * What two tricks of core's points are worth, each beside the plain way that it replaces: the points that `StandardLines`
 * keeps alive, and fields that are declared alone. ns of CPU a point: the least and the median of many rounds, garbage
 * being collected before each; a process of its own for each way, three times in turn.
 *
 *     npm run points:live-shapes --prefix bench
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { BaseMonitoringPoint } from '../../packages/core/src/points/base-point.ts';
import {
  RequestMonitoringPoint,
  type RequestMonitoringPointInit,
} from '../../packages/core/src/points/request-points.ts';
import { StandardLines } from '../../packages/core/src/lines/standard-lines.ts';

const POINTS = 2000;
const ROUNDS = 200;
const TURNS = 3;

const init: RequestMonitoringPointInit = {
  requestId: '1536751345,8b8b5937-2e9c-4e8b-a7a7-5caf86621b5a',
  resource: '/version',
  method: 'GET',
  requestTime: 1_795_824_000.25,
  service: 'bench',
  statusCode: 200,
  executionTime: 0.012_345,
};

abstract class DefinedRequest extends BaseMonitoringPoint {
  readonly requestId: string | undefined;
  readonly resource: string;
  readonly method: string;
  readonly service: string;
  readonly statusCode: number;

  constructor(from: RequestMonitoringPointInit) {
    super({ eventTime: from.requestTime });
    this.requestId = from.requestId;
    this.resource = from.resource;
    this.method = from.method;
    this.service = from.service;
    this.statusCode = from.statusCode;
  }
}

/** `RequestMonitoringPoint` with fields that are defined before the constructor sets them. */
class DefinedPoint extends DefinedRequest {
  readonly series: string;
  readonly executionTime: number;
  readonly additionalTags: object | undefined;
  readonly additionalFields: object | undefined;

  constructor(from: RequestMonitoringPointInit) {
    super(from);
    this.series = 'requests';
    this.executionTime = from.executionTime;
    this.additionalTags = from.additionalTags;
    this.additionalFields = from.additionalFields;
  }

  get tags(): object {
    return {};
  }

  get fields(): object {
    return {};
  }
}

const lines = new StandardLines(() => ({
  text: 'requests,route=GET:/version,service=bench,status_code=200',
  isLasting: true,
}));
let sink: unknown;
const encodeOne = (): void => {
  sink = lines.encode(new RequestMonitoringPoint(init), '1795824000250000000');
};

const WAYS: Readonly<Record<string, () => void>> = {
  'a line, shapes kept alive': encodeOne,
  'a line, shapes not kept': encodeOne,
  'a point, fields declared': () => {
    sink = new RequestMonitoringPoint(init);
  },
  'a point, fields defined': () => {
    sink = new DefinedPoint(init);
  },
};

const [name] = process.argv.slice(2);
const way = WAYS[name ?? ''];
if (name !== undefined && way !== undefined) measure(name, way);
else {
  for (let turn = 0; turn < TURNS; turn += 1) {
    for (const each of Object.keys(WAYS)) {
      const flags = [...process.execArgv, fileURLToPath(import.meta.url), each];
      spawnSync(process.execPath, flags, { stdio: 'inherit' });
    }
  }
}

function measure(title: string, run: () => void): void {
  if (title.endsWith('not kept')) Reflect.set(lines, 'shapes', []);
  const roundsNs = Array.from({ length: ROUNDS }, () => {
    globalThis.gc?.();
    const before = process.cpuUsage();
    for (let index = 0; index < POINTS; index += 1) run();
    const { user, system } = process.cpuUsage(before);
    return ((user + system) * 1000) / POINTS;
  }).sort((one, other) => one - other);
  if (sink === undefined) throw new Error('the loop was optimised away');
  const [least = NaN] = roundsNs;
  const median = roundsNs[ROUNDS / 2] ?? NaN;
  console.log(
    title.padEnd(28),
    `least ${least.toFixed(0)} ns`.padStart(14),
    `median ${median.toFixed(0)} ns`.padStart(16),
  );
}
