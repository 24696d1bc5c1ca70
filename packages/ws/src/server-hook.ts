import type { BaseMonitoring } from '@influx-monitoring/core';
import { replaceMethod, type Method, type Patch } from '@influx-monitoring/core/internal';

/** What one monitoring does with a server. */
interface ServerEntry {
  readonly monitoring: BaseMonitoring;
}

/** One method of a server, replaced for any number of monitorings. */
export class ServerHook<Entry extends ServerEntry> {
  readonly #server: object;
  readonly #name: string;
  readonly #create: (original: Method) => Method;
  /** First to last: a method that somebody put over one of ours gets another of ours over it. */
  #patches: Patch[] = [];
  #entries: readonly Entry[] = [];

  constructor(server: object, name: string, create: (original: Method) => Method) {
    this.#server = server;
    this.#name = name;
    this.#create = create;
  }

  /** What the monitorings do with it; the list is never changed, but replaced. */
  get entries(): readonly Entry[] {
    return this.#entries;
  }

  entryOf(monitoring: BaseMonitoring): Entry | undefined {
    return this.#entries.find((entry) => entry.monitoring === monitoring);
  }

  /** Sees to it that a call reaches a method of ours: one that was deleted, or covered, is put there again. */
  ensureReached(): void {
    if (this.#patches.some((patch) => patch.isReached())) return;
    if (!Object.hasOwn(this.#server, this.#name)) this.#patches = [];
    const patch = replaceMethod(this.#server, this.#name, this.#create);
    if (patch !== undefined) this.#patches.push(patch);
  }

  add(entry: Entry): void {
    this.#entries = [...this.#entries, entry];
    this.ensureReached();
  }

  /**
   * Takes away what one monitoring does with the server, or all of them.
   *
   * @returns what was taken away
   */
  remove(monitoring: BaseMonitoring | undefined): readonly Entry[] {
    const isGone = (entry: Entry): boolean => monitoring === undefined || entry.monitoring === monitoring;
    const gone = this.#entries.filter(isGone);
    this.#entries = this.#entries.filter((entry) => !isGone(entry));
    if (this.#entries.length === 0)
      this.#patches = this.#patches
        .reverse()
        .filter((patch) => !patch.undo())
        .reverse();
    return gone;
  }

  /** Whether nothing of ours is left on the server. */
  get isGone(): boolean {
    return this.#entries.length === 0 && this.#patches.length === 0;
  }
}
