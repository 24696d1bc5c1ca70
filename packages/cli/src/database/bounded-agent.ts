import { Agent as HttpAgent, type AgentOptions, type ClientRequestArgs } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { Duplex } from 'node:stream';
import type { InfluxAddress } from '@influx-monitoring/core';
import { readTlsFiles } from './http.ts';

/** What an answer may have, in bytes: the official clients read without end, and would fill the memory. */
export const MAX_ANSWER_BYTES = 4 * 1024 * 1024;

/** Makes an agent that takes a connection for each request, and ends one that brings too much. */
export function createBoundedAgent({ ssl, tls }: Pick<InfluxAddress, 'ssl' | 'tls'>): HttpAgent {
  return ssl ? new BoundedHttpsAgent({ ...OPTIONS, ...readTlsFiles(tls) }) : new BoundedHttpAgent(OPTIONS);
}

const OPTIONS: AgentOptions = { keepAlive: false };

type OnConnected = (error: Error | null, stream: Duplex) => void;

class BoundedHttpAgent extends HttpAgent {
  override createConnection(options: ClientRequestArgs, onConnected?: OnConnected): Duplex | null | undefined {
    return bounded(super.createConnection(options, onConnected));
  }
}

class BoundedHttpsAgent extends HttpsAgent {
  override createConnection(options: ClientRequestArgs, onConnected?: OnConnected): Duplex | null | undefined {
    return bounded(super.createConnection(options, onConnected));
  }
}

function bounded(stream: Duplex | null | undefined): Duplex | null | undefined {
  let byteCount = 0;
  stream?.on('data', (chunk: Buffer) => {
    byteCount += chunk.length;
    if (byteCount > MAX_ANSWER_BYTES) stream.destroy(new Error('the answer is longer than 4 MiB'));
  });
  return stream;
}
