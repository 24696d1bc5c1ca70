import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { promisify } from 'node:util';
import { freePort } from './free-port.ts';
import { startServer, type ServerCommand } from './server-process.ts';

/** A real redis-server. */
export interface RedisServer {
  readonly host: '127.0.0.1';
  readonly port: number;
  readonly url: string;
  readonly pid: number;
  /** Runs a command with redis-cli, and gives what it prints, as in `command('CLIENT', 'KILL', 'TYPE', 'pubsub')`. */
  command(...words: readonly string[]): Promise<string>;
  stop(): Promise<void>;
  kill(): Promise<void>;
  restart(): Promise<void>;
  suspend(): void;
  resume(): void;
}

/**
 * Starts redis-server with nothing on disk, and what `args` says besides.
 *
 * @example
 * const redis = await startRedis({ args: ['--requirepass', 'secret'] });
 */
export async function startRedis({ args = [] }: { readonly args?: readonly string[] } = {}): Promise<RedisServer> {
  const { server, details: port } = await startServer(async () => {
    const free = await freePort();
    return { details: free, command: redisCommand(free, args) };
  });
  return {
    host: '127.0.0.1',
    port,
    url: `redis://127.0.0.1:${String(port)}`,
    get pid() {
      return server.pid;
    },
    command: async (...words) => {
      const { stdout } = await promisify(execFile)('redis-cli', ['-h', '127.0.0.1', '-p', String(port), ...words]);
      return stdout.trimEnd();
    },
    stop: () => server.stop(),
    kill: () => server.kill(),
    restart: () => server.restart(),
    suspend: () => {
      server.suspend();
    },
    resume: () => {
      server.resume();
    },
  };
}

/** How to run redis-server on a port. */
export function redisCommand(port: number, args: readonly string[]): ServerCommand {
  return {
    program: 'redis-server',
    arguments: (folder) => [
      ...['--port', String(port), '--bind', '127.0.0.1', '--dir', folder],
      ...['--save', '', '--appendonly', 'no', '--daemonize', 'no'],
      ...args,
    ],
    isReady: ({ pid, signal }) => answers(port, pid, signal),
  };
}

/** True where this Redis answers: by its pid, or, where it wants a password first, at all. */
async function answers(port: number, pid: number, signal: AbortSignal): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    socket.write('INFO server\r\n');
    const [chunk] = (await once(socket, 'data', { signal })) as [Buffer]; // No encoding is set, so it is a Buffer.
    const text = chunk.toString();
    return text.startsWith('-NOAUTH') || text.includes(`process_id:${String(pid)}\r\n`);
  } finally {
    socket.destroy();
  }
}
