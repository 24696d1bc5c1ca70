import { Agent as HttpAgent, request as requestPlain, type ClientRequest, type RequestOptions } from 'node:http';
import type * as Https from 'node:https';
import type { Socket } from 'node:net';
import type { InfluxAddress } from '../settings.ts';
import { isPortOpen } from './port.ts';
import { readTlsFiles, type TlsMaterial } from './tls.ts';
import { runUntraced } from './untraced.ts';

/** More requests at once than this are not made. */
const MAX_SOCKETS = 4;

const AGENT_OPTIONS = { keepAlive: true, maxSockets: MAX_SOCKETS } as const;

/** Sockets made since the last failure, and how many requests are under way on them. */
interface Generation {
  readonly agent: HttpAgent | Https.Agent;
  requestCount: number;
  isRetired: boolean;
}

/**
 * The connections to a database, kept open between requests. After a failure none of them is used again: the next request
 * looks the host's name up anew, and reads the files of TLS anew, since either may have changed meanwhile.
 */
export class HttpConnection {
  readonly #address: InfluxAddress;
  #material: TlsMaterial;
  #generation: Generation;
  #lastSocket: Socket | undefined;
  #isClosed = false;

  /** @throws MonitoringError `ERR_OPTION_TYPE` where a file of TLS cannot be read */
  constructor(address: InfluxAddress) {
    this.#address = address;
    this.#material = address.tls === undefined ? {} : readTlsFiles(address.tls);
    this.#generation = this.#createGeneration();
  }

  /** What an official client can make its connections with. */
  get agent(): HttpAgent | Https.Agent {
    return this.#generation.agent;
  }

  /** What stands before the database's own paths. */
  get path(): string {
    return this.#address.path ?? '';
  }

  /** Makes a request, which its maker sends and ends. It counts as under way until it is closed. */
  open(options: RequestOptions): ClientRequest {
    const generation = this.#generation;
    const { port, ssl } = this.#address;
    const request = runUntraced(() =>
      moduleOf(ssl).request({
        ...options,
        ...(this.#address.agent !== undefined && ssl && this.#material),
        agent: generation.agent,
        host: this.#hostname,
        port,
      }),
    );
    generation.requestCount += 1;
    request.once('socket', (socket) => {
      this.#lastSocket = socket;
    });
    request.once('close', () => {
      generation.requestCount -= 1;
      this.#endIfUnused(generation);
    });
    return request;
  }

  /** Whether the database's port takes a connection; false with an agent of the user's, which may lead elsewhere. */
  probe(signal: AbortSignal): Promise<boolean> {
    const { agent, port } = this.#address;
    return agent === undefined ? runUntraced(() => isPortOpen(this.#hostname, port, signal)) : Promise.resolve(false);
  }

  /** Keeps no connection that was open until now: requests under way end as they began. */
  renew(): void {
    if (this.#address.agent !== undefined) {
      this.#endIdleSocket(this.#address.agent);
      return;
    }
    const previous = this.#generation;
    previous.isRetired = true;
    if (this.#address.tls !== undefined) {
      try {
        this.#material = readTlsFiles(this.#address.tls);
      } catch {
        // A file that is being replaced: what was read before may do, or the next failure reads it again.
      }
    }
    this.#generation = this.#createGeneration();
    this.#endIfUnused(previous);
  }

  /** Ends the connections once the requests under way have ended. Closing it again changes nothing. */
  close(): void {
    this.#isClosed = true;
    this.#endIfUnused(this.#generation);
  }

  /** An address of version 6 stands in brackets in a URL only. */
  get #hostname(): string {
    return this.#address.host.replace(/^\[(.*)\]$/, '$1');
  }

  #createGeneration(): Generation {
    const agent = this.#address.agent ?? this.#createAgent();
    return { agent, requestCount: 0, isRetired: false };
  }

  #createAgent(): HttpAgent | Https.Agent {
    if (!this.#address.ssl) return new HttpAgent(AGENT_OPTIONS);
    return new (loadHttps().Agent)({ ...AGENT_OPTIONS, ...this.#material });
  }

  /** The sockets of a user's own agent are the user's, but for the one that led to a failure and is idle. */
  #endIdleSocket({ freeSockets }: HttpAgent | Https.Agent): void {
    const socket = this.#lastSocket;
    const isIdle = Object.values(freeSockets).some((sockets) => sockets?.includes(socket as Socket));
    if (isIdle) socket?.destroy();
  }

  #endIfUnused(generation: Generation): void {
    const isOver = generation.isRetired || (this.#isClosed && generation === this.#generation);
    if (isOver && generation.requestCount === 0 && this.#address.agent === undefined) generation.agent.destroy();
  }
}

/** TLS takes a MiB of memory, so it is loaded where it is used. */
function loadHttps(): typeof Https {
  return process.getBuiltinModule('node:https');
}

function moduleOf(ssl: boolean): { readonly request: (options: RequestOptions) => ClientRequest } {
  return ssl ? loadHttps() : { request: requestPlain };
}
