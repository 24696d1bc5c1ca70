/** One monitoring on one Express, in a process of its own: prints what it told of each case, as JSON. */
import { once } from 'node:events';
import { cpSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CASES } from '../../../packages/express/test/support/cases.ts';
import type { Express } from '../../../packages/express/test/support/express-versions.ts';
import { send } from '../../../packages/express/test/support/send.ts';
import { PEERS, type Told } from './peers.ts';

const [, , peerName, expressName = 'express'] = process.argv;
const peer = PEERS.find(({ name }) => name === peerName);
if (peer === undefined) throw new Error(`expected one of ${PEERS.map(({ name }) => name).join(', ')}`);
const { install, read } = await peer.load();
// After the monitoring, for those that must be there first.
const { createCaseApplication } = await import('../../../packages/express/test/support/case-application.ts');
const express = loadExpress(expressName);
const { events, server } = createCaseApplication(express, expressName === 'express-4' ? 4 : 5, install);
server.listen(0, '127.0.0.1');
await once(server, 'listening');
// A server that listens on a port has an address with one.
const { port } = server.address() as AddressInfo;

// A monitoring that would end its process is shown as such, and the rest of the cases still run.
const crashes: string[] = [];
process.on('uncaughtException', (error) => crashes.push(error.message));

const SETTLE_MS = 30;
const results: (readonly Told[])[] = [];
for (const each of CASES) {
  const ended = new Promise((resolve) => {
    server.once('request', (_req, res) => res.on('close', resolve));
  });
  await send(port, each, events);
  await ended;
  // Some record a little after the end.
  await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
  results.push(await read());
}
process.stdout.write(`\n${JSON.stringify({ crashes, results })}`, () => process.exit());

/**
 * Instrumentations know Express by the name of its folder, which an alias of npm changes: Express 4 is copied to where
 * it is called express.
 */
function loadExpress(name: string): Express {
  const require = createRequire(import.meta.url);
  // Both packages export Express.
  if (name === 'express') return require(name) as Express;
  const folder = fileURLToPath(new URL(`../.${name}/`, import.meta.url));
  cpSync(dirname(require.resolve(`${name}/package.json`)), `${folder}node_modules/express`, { recursive: true });
  return createRequire(folder)('express') as Express;
}
