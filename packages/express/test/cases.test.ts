import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { influxMonitoring, uninstrumentExpress } from '@influx-monitoring/express';
import { afterEach, describe, expect, it } from 'vitest';

import { createCaseApplication, type CaseApplication } from './support/case-application.ts';
import { CASES, type Case } from './support/cases.ts';
import { EXPRESS_VERSIONS, type ExpressVersion } from './support/express-versions.ts';
import { PointCollector, type RecordedPoint } from './support/point-collector.ts';
import { send } from './support/send.ts';

let server: Server | undefined;

afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

describe.each(EXPRESS_VERSIONS)('Express $name', (version) => {
  const express = version.load();

  it.each(CASES)('$name: $path', async (each) => {
    // As if it were the first request of the process: it comes before its routers are followed.
    uninstrumentExpress();
    const collector = new PointCollector();
    const { events, port } = await start(
      createCaseApplication(express, version.major, (app) => app.use(influxMonitoring({ monitoring: collector }))),
    );
    await send(port, each, events);
    await collector.requests(1);
    expect(collector.points.map(summary)).toEqual(expectedPoints(each, version));
  });

  it('tells the same of all cases at once, after one another on the same application', async () => {
    const collector = new PointCollector();
    const { events, port } = await start(
      createCaseApplication(express, version.major, (app) => app.use(influxMonitoring({ monitoring: collector }))),
    );
    const rounds = [CASES, CASES.toReversed()].flatMap((cases) => cases.filter(({ wire }) => wire === undefined));
    await Promise.all(rounds.map((each) => send(port, each, events)));
    await collector.requests(rounds.length);
    const expected = rounds.flatMap((each) => expectedPoints(each, version));
    expect(collector.points.map(summary).toSorted(byText)).toEqual(expected.toSorted(byText));
  });
});

async function start({ events, server: started }: CaseApplication) {
  server = started.listen(0, '127.0.0.1');
  await once(server, 'listening');
  // A server that listens on a port has an address with one.
  return { events, port: (server.address() as AddressInfo).port };
}

function expectedPoints(each: Case, version: ExpressVersion): string[] {
  const { method = 'GET', status } = each;
  const route = `${method}:${resourceOn(each, version)}`;
  const request = `requests ${route} ${String(status)}`;
  if (status < 400) return [request];
  return [request, `errors ${route} ${String(status)} ${each.code ?? String(status)}`];
}

function resourceOn({ readBack, resource }: Case, { keepsPatterns, major }: ExpressVersion): string {
  if (major === 5 && !keepsPatterns && readBack !== undefined) return readBack;
  return typeof resource === 'string' ? resource : resource[major === 4 ? 0 : 1];
}

function summary({ series, tags }: RecordedPoint): string {
  const code = 'error_code' in tags ? ` ${String(tags['error_code'])}` : '';
  return `${series} ${String(tags['route'])} ${String(tags['status_code'])}${code}`;
}

function byText(left: string, right: string): number {
  return left < right ? -1 : Number(left > right);
}
