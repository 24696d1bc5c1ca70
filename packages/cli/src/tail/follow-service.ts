import { setTimeout as wait } from 'node:timers/promises';
import { CommandError } from '../command-error.ts';
import { pointCount } from './point-count.ts';
import type { PointPrinter } from './point-printer.ts';
import {
  openServiceStream,
  ServiceAwayError,
  shownAddress,
  type ServiceAddress,
  type StreamItem,
} from './service-stream.ts';

/** How far back a service remembers, in seconds. */
export const MAX_SERVICE_SINCE_SECONDS = 900;

/** How a service is followed. */
export interface ServiceTailOptions {
  /** False to end where the points of now would begin. */
  readonly isFollowing: boolean;
  /** Points of so many seconds before are shown first. */
  readonly sinceSeconds: number | undefined;
}

const RETRY_MS = 500;

/** Why a connection was not the last one. */
type Ending = 'stopped' | 'restarted' | 'read';

/**
 * Prints the points of a service until Ctrl-C, over its restarts.
 *
 * @throws CommandError where it is not there at first, or gives no points; the signal's reason on Ctrl-C
 */
export async function followService(
  address: ServiceAddress,
  options: ServiceTailOptions,
  printer: PointPrinter,
  signal: AbortSignal,
): Promise<void> {
  const follower = new ServiceFollower(address, options, printer, signal);
  while (!(await follower.connect())) await wait(RETRY_MS, undefined, { signal });
}

class ServiceFollower {
  readonly #address: ServiceAddress;
  readonly #options: ServiceTailOptions;
  readonly #printer: PointPrinter;
  readonly #signal: AbortSignal;
  #bootId: string | undefined;
  /** When the connection was lost, in milliseconds of `performance.now()`; `undefined` while there is one. */
  #lostAtMs: number | undefined;

  constructor(address: ServiceAddress, options: ServiceTailOptions, printer: PointPrinter, signal: AbortSignal) {
    this.#address = address;
    this.#options = options;
    this.#printer = printer;
    this.#signal = signal;
  }

  /** Follows as long as there is a connection. @returns true where all is read that was asked for */
  async connect(): Promise<boolean> {
    try {
      const { isFollowing, sinceSeconds = isFollowing ? undefined : MAX_SERVICE_SINCE_SECONDS } = this.#options;
      let ending = await this.#read(this.#bootId === undefined ? sinceSeconds : undefined);
      // Nothing of what the new process has recorded was shown yet.
      while (ending === 'restarted') ending = await this.#read(MAX_SERVICE_SINCE_SECONDS);
      if (ending === 'read') return true;
      this.#noteLoss('the service has stopped its monitoring');
    } catch (error) {
      if (!(error instanceof ServiceAwayError)) throw error;
      if (this.#bootId === undefined) {
        throw new CommandError(`${shownAddress(this.#address.url)} is not there: ${error.message}`);
      }
      this.#noteLoss(`the connection is lost (${error.message})`);
    }
    return false;
  }

  async #read(sinceSeconds: number | undefined): Promise<Ending> {
    let hasBegun = false;
    for await (const item of openServiceStream(this.#address, sinceSeconds, this.#signal)) {
      if (!hasBegun && item.kind !== 'begin') throw this.#noStream();
      hasBegun = true;
      const ending = await this.#take(item, sinceSeconds);
      if (ending !== undefined) return ending;
    }
    if (!hasBegun) throw this.#noStream();
    throw new ServiceAwayError('it has ended');
  }

  async #take(item: StreamItem, sinceSeconds: number | undefined): Promise<Ending | undefined> {
    switch (item.kind) {
      case 'begin':
        return this.#begin(item, sinceSeconds);
      case 'points':
        await this.#printer.print(item.lines);
        return undefined;
      case 'skipped':
        this.#printer.say(`${pointCount(item.count)} left out here: more came than was read`);
        return undefined;
      case 'live':
        return this.#options.isFollowing ? undefined : 'read';
      case 'end':
        return this.#options.isFollowing ? 'stopped' : 'read';
    }
  }

  #begin(
    { bootId, service }: StreamItem & { readonly kind: 'begin' },
    sinceSeconds: number | undefined,
  ): Ending | undefined {
    const previous = this.#bootId;
    const lostAtMs = this.#lostAtMs;
    this.#lostAtMs = undefined;
    if (previous !== undefined && previous !== bootId && sinceSeconds === undefined) {
      this.#printer.say(`"${service}" has restarted; its points since then:`);
      return 'restarted';
    }
    this.#bootId = bootId;
    if (previous === undefined) {
      if (this.#options.isFollowing) this.#printer.say(`follows "${service}" at ${shownAddress(this.#address.url)}`);
    } else if (lostAtMs !== undefined) {
      const seconds = ((performance.now() - lostAtMs) / 1000).toFixed(1);
      this.#printer.say(`connected again, to the same process; points of the ${seconds} s between are not shown`);
    }
    return undefined;
  }

  #noteLoss(reason: string): void {
    if (this.#lostAtMs === undefined) this.#printer.say(`${reason}; waits for the service`);
    this.#lostAtMs ??= performance.now();
  }

  #noStream(): CommandError {
    return new CommandError(`${shownAddress(this.#address.url)} does not answer as monitoringDashboard() does`);
  }
}
