import { connect } from 'node:net';
import { startRedisServer } from './redis-server.ts';

/** The Redis of the demo. */
export interface DemoRedis {
  readonly url: string;
  /** In words, without a password. */
  readonly description: string;
  readonly stop: () => Promise<void>;
}

const LOCAL_URL = 'redis://127.0.0.1:6379';
const PROBE_TIMEOUT_MS = 1000;

/** The Redis at `REDIS_URL`, else that of this machine, else one that is started and ends with the demo. */
export async function findRedis(urlOfUser: string | undefined): Promise<DemoRedis> {
  if (urlOfUser !== undefined && urlOfUser !== '') {
    const place = URL.canParse(urlOfUser) ? new URL(urlOfUser).host : 'the address given';
    return { url: urlOfUser, description: `REDIS_URL (${place})`, stop: () => Promise.resolve() };
  }
  if (await answersPing(6379)) {
    return { url: LOCAL_URL, description: `${LOCAL_URL} (was there)`, stop: () => Promise.resolve() };
  }
  await installRedisServer();
  const { url, stop } = await startRedisServer();
  return { url, description: `${url} (started for the demo)`, stop };
}

/** Asks first, in a terminal; does nothing where the program is there. */
async function installRedisServer(): Promise<void> {
  const path = new URL('../../../../test/servers/install.mjs', import.meta.url).href;
  // Plain JavaScript, so that it runs before anything is installed; this is what it exports.
  const { installMissing } = (await import(path)) as { installMissing: (programs: string[]) => Promise<void> };
  await installMissing(['redis-server']);
}

/** True where a Redis without a password answers. */
function answersPing(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port, timeout: PROBE_TIMEOUT_MS });
    const end = (isRedis: boolean) => {
      socket.destroy();
      resolve(isRedis);
    };
    socket.once('error', () => {
      end(false);
    });
    socket.once('timeout', () => {
      end(false);
    });
    socket.once('data', (chunk) => {
      end(chunk.toString().startsWith('+PONG'));
    });
    socket.write('PING\r\n');
  });
}
