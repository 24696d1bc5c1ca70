/**
 * What instrumenting costs a message from end to end: CPU time of the subscribing process, for each client bare and
 * instrumented. The publisher is another process.
 *
 *     npm run redis:message-cost --prefix bench
 *     npm run redis:message-cost --prefix bench -- ioredis
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { LunaRequestInfluxMonitoring } from '@influx-monitoring/core';
import { startRedis } from '../../test/servers/index.ts';
import {
  VARIANTS,
  instrumented,
  untreated,
  type Treatment,
  type Variant,
} from '../../packages/redis/test/support/clients.ts';
import { NoMonitoring, PAYLOADS } from './support.ts';

const MESSAGE_COUNT = 100_000;
const ROUNDS = 5;
const PAYLOAD = PAYLOADS.first;

const PUBLISHER = `
  const [port, count, payload] = [Number(process.argv[1]), Number(process.argv[2]), process.argv[3]];
  const command = '*3\\r\\n$7\\r\\nPUBLISH\\r\\n$13\\r\\nluna-sender:1\\r\\n$' + Buffer.byteLength(payload) + '\\r\\n' + payload + '\\r\\n';
  const socket = require('node:net').connect(port, '127.0.0.1', () => {
    for (let sent = 0; sent < count; sent += 1000) socket.write(command.repeat(1000));
    socket.end();
  });
  socket.resume();
`;

async function measure(variant: Variant, treatment: Treatment, port: number): Promise<number> {
  const client = variant.create(`redis://127.0.0.1:${String(port)}`);
  treatment(client);
  await client.connect();
  let count = 0;
  let done: () => void = () => undefined;
  await client.subscribe({
    keys: 'luna-sender:1',
    listener: () => {
      count += 1;
      if (count % MESSAGE_COUNT === 0) done();
    },
  });
  const costs: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const finished = new Promise<void>((resolve) => (done = resolve));
    const before = process.cpuUsage();
    const publisher = spawn(process.execPath, ['-e', PUBLISHER, String(port), String(MESSAGE_COUNT), PAYLOAD], {
      stdio: 'inherit',
    });
    const exited = once(publisher, 'exit');
    await finished;
    const { user, system } = process.cpuUsage(before);
    costs.push((user + system) / MESSAGE_COUNT);
    await exited;
  }
  await client.close();
  return Math.min(...costs);
}

const server = await startRedis({ args: ['--client-output-buffer-limit', 'pubsub 0 0 0'] });
const monitoring = new LunaRequestInfluxMonitoring({});
const treatments: readonly (readonly [name: string, treatment: Treatment])[] = [
  ['bare', untreated],
  ['wrapper', instrumented({ monitoring: new NoMonitoring() })],
  ['explicit', instrumented({ monitoring: new NoMonitoring(), context: 'explicit' })],
  ['recording', instrumented({ monitoring })],
];
console.log(`payload ${String(PAYLOAD.length)} characters; µs of CPU a message, best of ${String(ROUNDS)}`);
const wanted = process.argv[2] ?? '';
for (const variant of VARIANTS.filter(({ name }) => name.includes(wanted))) {
  const results: string[] = [];
  for (const [name, treatment] of treatments) {
    results.push(`${name} ${(await measure(variant, treatment, server.port)).toFixed(2)}`);
  }
  console.log(variant.name.padEnd(22), results.join('   '));
}
await monitoring.stop();
await server.stop();
