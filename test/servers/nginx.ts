import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from './free-port.ts';
import { startServer, type ServerCommand } from './server-process.ts';

/** A real nginx that forwards to a server of ours. */
export interface NginxServer {
  readonly port: number;
  stop(): Promise<void>;
}

/** As Debian installs it. */
const STOCK_CONFIGURATION = '/etc/nginx/nginx.conf';

/**
 * Starts nginx in Debian's own configuration with one site that forwards all to a port.
 *
 * @param site - what the site says beside `proxy_pass`
 *
 * @example
 * const nginx = await startNginx({ targetPort: 3000 });
 */
export async function startNginx({
  site = '',
  targetPort,
}: {
  readonly site?: string;
  readonly targetPort: number;
}): Promise<NginxServer> {
  const { server, details: port } = await startServer(async () => {
    const free = await freePort();
    return { details: free, command: nginxCommand(free, targetPort, site) };
  });
  return { port, stop: () => server.stop() };
}

function nginxCommand(port: number, targetPort: number, site: string): ServerCommand {
  return {
    program: 'nginx',
    arguments: (folder) => {
      writeFileSync(join(folder, 'nginx.conf'), configurationOf(folder));
      writeFileSync(
        join(folder, 'site'),
        `server {
  listen 127.0.0.1:${String(port)};
  location = /ready-${String(port)} { return 204; }
  location / { proxy_pass http://127.0.0.1:${String(targetPort)}; ${site} }
}\n`,
      );
      return ['-p', folder, '-c', join(folder, 'nginx.conf'), '-g', 'daemon off;'];
    },
    isReady: async ({ signal }) =>
      (await fetch(`http://127.0.0.1:${String(port)}/ready-${String(port)}`, { signal })).status === 204,
  };
}

/** Debian's file, but for where it writes and which sites it has: those of this machine are none of ours. */
function configurationOf(folder: string): string {
  const stock = readFileSync(STOCK_CONFIGURATION, 'utf8');
  const ours = stock
    .replace(/^\s*pid .*$/m, `pid ${folder}/nginx.pid;`)
    .replace(/^\s*error_log .*$/m, 'error_log stderr;')
    .replace(/^\s*access_log .*$/m, 'access_log off;')
    .replace(/^\s*include \/etc\/nginx\/sites-enabled\/\*;$/m, `include ${folder}/site;`);
  if (!ours.includes(`${folder}/site`)) throw new Error(`nginx: ${STOCK_CONFIGURATION} is not Debian's`);
  return ours;
}
