import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A real Redis Sentinel that watches one master under the name `main`. */
export interface SentinelServer {
  readonly port: number;
  stop(): Promise<void>;
}

export async function startSentinel(init: {
  readonly port: number;
  readonly masterPort: number;
}): Promise<SentinelServer> {
  const folder = await mkdtemp(join(tmpdir(), 'redis-sentinel-'));
  const configuration = join(folder, 'sentinel.conf');
  const lines = [
    `port ${String(init.port)}`,
    'bind 127.0.0.1',
    `dir ${folder}`,
    `sentinel monitor main 127.0.0.1 ${String(init.masterPort)} 1`,
  ];
  await writeFile(configuration, `${lines.join('\n')}\n`);
  const child = spawn('redis-server', [configuration, '--sentinel'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  // The line that it prints once it listens and watches.
  for await (const chunk of child.stdout) if (String(chunk).includes('+monitor master main')) break;
  child.stdout.resume();
  return {
    port: init.port,
    stop: async () => {
      child.kill();
      await exited;
      await rm(folder, { recursive: true });
    },
  };
}
