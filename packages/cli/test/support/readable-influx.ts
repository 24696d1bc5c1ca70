import { startStrictInflux, type StrictInflux, type StrictInfluxOptions } from '@influx-monitoring/test-servers';
import { onTestFinished } from 'vitest';
import { makeCertificate } from './certificate.ts';
import { startProxy } from './proxy.ts';

const SERIES = 'influx_monitoring_doctor';

/** What the strict server, which is there to be written to, leaves out. */
export interface Readable {
  readonly influx: StrictInflux;
  readonly environment: Record<string, string>;
  /** Questions that came, with their bodies. */
  readonly questions: { readonly path: string; readonly body: string }[];
}

export interface ReadableOptions extends StrictInfluxOptions {
  /** The status of questions for points; 200 gives them. */
  readonly readStatus?: number;
  /** The answer to the list of buckets or databases, instead of the server's own. */
  readonly list?: { readonly status: number; readonly body: unknown };
  /** By how much its clock is off, in milliseconds. */
  readonly clockOffsetMs?: number;
  /** Makes it speak TLS, by a certificate that it signed itself; openssl makes that in this folder. */
  readonly tlsFolder?: string;
}

/** The strict server of 2.7 or 3, with a proxy before it that answers questions for points from its store. */
export async function startReadable(options: ReadableOptions = {}): Promise<Readable> {
  const { readStatus = 200, list, clockOffsetMs = 0, tlsFolder, ...strictOptions } = options;
  const influx = await startStrictInflux(strictOptions);
  const questions: Readable['questions'] = [];
  const idOf = (): string => {
    const value = influx.store.points(SERIES).at(-1)?.fields.get('id')?.value;
    return typeof value === 'string' ? value : 'nothing';
  };
  const proxy = await startProxy(influx.port, {
    ...(tlsFolder === undefined ? {} : { tls: makeCertificate(tlsFolder) }),
    headers: (headers) => {
      headers['date'] = new Date(Date.now() + clockOffsetMs).toUTCString();
    },
    answer: ({ pathname }, body, response) => {
      if (list !== undefined && /buckets|configure/.test(pathname)) {
        response.writeHead(list.status).end(JSON.stringify(list.body));
        return true;
      }
      if (pathname !== '/api/v2/query' && pathname !== '/query') return false;
      questions.push({ path: pathname, body });
      const inFlux = `,result,table,_value\r\n,_result,0,${idOf()}\r\n`;
      const inInfluxql = JSON.stringify({ results: [{ series: [{ values: [['1', idOf()]] }] }] });
      const good = pathname === '/query' ? inInfluxql : inFlux;
      response.writeHead(readStatus).end(readStatus === 200 ? good : '{"message":"unauthorized"}');
      return true;
    },
  });
  onTestFinished(async () => {
    await proxy.stop();
    await influx.stop();
  });
  const environment = {
    INFLUX_URL: `${tlsFolder === undefined ? 'http' : 'https'}://127.0.0.1:${String(proxy.port)}`,
    INFLUX_TOKEN: 'token',
    INFLUX_ORG: 'luna',
    INFLUX_BUCKET: 'luna_monitoring',
  };
  return { influx, environment, questions };
}
