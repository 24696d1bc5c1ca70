import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '@influx-monitoring/test-servers';
import { encodeConfiguration } from '../../../../test/servers/influx1-configuration.ts';
import { startServer } from '../../../../test/servers/server-process.ts';
import { makeCertificate } from './certificate.ts';
import { sendRequest, type HttpAnswer } from '../../src/database/http.ts';

/** A real InfluxDB 1.6 that speaks TLS, with a certificate that it signed itself. */
export interface TlsInflux1 {
  readonly port: number;
  /** The file of its certificate, for NODE_EXTRA_CA_CERTS. */
  readonly certificate: string;
  query(influxql: string): Promise<HttpAnswer>;
  stop(): Promise<void>;
}

/** Starts one. @param folder - for key and certificate, which openssl makes */
export async function startTlsInflux1(folder: string): Promise<TlsInflux1> {
  const { certificate, key } = makeCertificate(folder);
  const tls = { 'https-enabled': true, 'https-certificate': certificate, 'https-private-key': key };
  const { server, details: port } = await startServer(async () => {
    const free = await freePort();
    const command = {
      program: 'influxd',
      arguments: (home: string) => {
        const path = join(home, 'influx.conf');
        writeFileSync(path, encodeConfiguration({ folder: home, port: free, hasUser: false }, { http: tls }));
        return ['-config', path];
      },
      isReady: async ({ folder: home, signal }: { folder: string; signal: AbortSignal }) => {
        const url = `https://127.0.0.1:${String(free)}/debug/pprof/cmdline`;
        return (await sendRequest({ url, signal, isCertificateChecked: false })).body.includes(home);
      },
    };
    return { details: free, command };
  });
  return {
    port,
    certificate,
    query: (influxql) =>
      sendRequest({
        url: `https://127.0.0.1:${String(port)}/query?${new URLSearchParams({ q: influxql }).toString()}`,
        method: 'POST',
        isCertificateChecked: false,
        signal: AbortSignal.timeout(10_000),
      }),
    stop: () => server.stop(),
  };
}
