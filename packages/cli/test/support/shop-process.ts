import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { freePort } from '@influx-monitoring/test-servers';
import { onTestFinished } from 'vitest';

const PROGRAM = join(import.meta.dirname, 'children/shop.ts');
const NODE_ARGUMENTS = ['--conditions=@influx-monitoring/source', '--import', import.meta.resolve('tsx'), PROGRAM];

/** A service with Express and monitoringDashboard(), in a process of its own. */
export class ShopProcess {
  readonly url: string;
  readonly #port: number;
  #child: ChildProcess | undefined;

  private constructor(port: number) {
    this.#port = port;
    this.url = `http://127.0.0.1:${String(port)}`;
  }

  static async start(): Promise<ShopProcess> {
    const shop = new ShopProcess(await freePort());
    onTestFinished(() => shop.end());
    await shop.begin();
    return shop;
  }

  /** Where its points are. */
  get monitoringUrl(): string {
    return `${this.url}/monitoring`;
  }

  /** Starts a process, once the one before has ended. */
  async begin(): Promise<void> {
    const child = spawn(process.execPath, [...NODE_ARGUMENTS, String(this.#port)], {
      env: { PATH: process.env['PATH'], MONITORING_SERVICE: 'shop' },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    this.#child = child;
    let printed = '';
    child.stdout.on('data', (chunk: Buffer) => (printed += chunk.toString()));
    while (!printed.includes('listening')) await once(child.stdout, 'data');
  }

  /** Kills it, as the end of memory does. */
  async end(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  }

  async get(path: string): Promise<void> {
    await (await fetch(this.url + path)).arrayBuffer();
  }
}
