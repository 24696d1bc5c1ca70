import { runOutsideContext } from '../process/outside-context.ts';
import { processWide } from '../process/process-wide.ts';
import type { SignalHandling } from './delivery-options.ts';

/** What has something to do before the process ends. None of it throws or rejects. */
export interface Ending {
  readonly options: { readonly signals: SignalHandling };
  /** Whether `prepareEnd` has something to do that it has not tried. */
  readonly isDue: boolean;
  /** Sends what it can within its time. */
  prepareEnd(): Promise<void>;
  /** Puts what is in memory where it survives, now; it can go on after that. */
  saveSync(): void;
  /** Lets go of what others may take, now. */
  leaveSync(): void;
}

type Signal = 'SIGTERM' | 'SIGINT';
const SIGNALS: readonly Signal[] = ['SIGTERM', 'SIGINT'];

/** Has `ending` called when the process ends. */
export function joinProcessEnd(ending: Ending): void {
  processEnd().add(ending);
}

/** Has it no longer called. */
export function leaveProcessEnd(ending: Ending): void {
  processEnd().delete(ending);
}

function processEnd(): ProcessEnd {
  return processWide('core.process-end', 1, () => new ProcessEnd());
}

/**
 * The hooks of the process, there only while somebody needs them.
 *
 * A listener for SIGTERM keeps Node from ending the process, and some libraries see by the number of listeners whether
 * they have to end it. So ours is there only while there is no other: it goes when another one comes, and comes back
 * when that is gone.
 */
class ProcessEnd {
  readonly #endings = new Set<Ending>();
  /** True once a signal was raised again: should the process survive that, as the first one of a container does, so be it. */
  #isRaising = false;

  add(ending: Ending): void {
    if (this.#endings.size === 0) this.#install();
    this.#endings.add(ending);
    this.#updateSignals();
  }

  delete(ending: Ending): void {
    if (!this.#endings.delete(ending)) return;
    this.#updateSignals();
    if (this.#endings.size === 0) this.#uninstall();
  }

  #install(): void {
    process.on('beforeExit', this.#onBeforeExit);
    process.on('exit', this.#onExit);
    process.on('newListener', this.#onNewListener);
    process.on('removeListener', this.#onRemoveListener);
  }

  #uninstall(): void {
    process.off('removeListener', this.#onRemoveListener);
    process.off('newListener', this.#onNewListener);
    process.off('exit', this.#onExit);
    process.off('beforeExit', this.#onBeforeExit);
  }

  /**
   * Nothing else is left to do: what is pending may be sent. Node calls this again after that, for what was recorded
   * meanwhile.
   */
  readonly #onBeforeExit = (): void => {
    // Once the other listeners were called: what they record is to be sent, too.
    process.nextTick(() => {
      for (const ending of this.#endings) if (ending.isDue) void ending.prepareEnd();
    });
  };

  readonly #onExit = (): void => {
    for (const ending of this.#endings) {
      ending.saveSync();
      ending.leaveSync();
    }
  };

  readonly #onNewListener = (name: string | symbol, listener: unknown): void => {
    if (!isSignal(name) || listener === this.#onSignal) return;
    // Not now: the other one is not there yet, and Node would stop listening where ours is the last to go.
    process.nextTick(() => {
      this.#updateSignals();
    });
  };

  /** At once: whoever takes its listener away may raise the signal next. */
  readonly #onRemoveListener = (name: string | symbol, listener: unknown): void => {
    if (isSignal(name) && listener !== this.#onSignal) this.#updateSignals();
  };

  readonly #onSignal = (signal: NodeJS.Signals): void => {
    // Ours comes first, so that those are still there who listen once.
    const isAlone = process.listenerCount(signal) === 1;
    void this.#prepare().then(() => {
      for (const ending of this.#endings) ending.saveSync();
      // Whoever else listens ends the process; where nobody does, the signal itself must.
      if (!isAlone) return;
      this.#isRaising = true;
      process.off(signal, this.#onSignal);
      process.kill(process.pid, signal);
    });
  };

  #prepare(): Promise<unknown> {
    return Promise.all([...this.#endings].map((ending) => ending.prepareEnd()));
  }

  #isAlwaysAsked(): boolean {
    return [...this.#endings].some(({ options }) => options.signals === 'always');
  }

  #updateSignals(): void {
    const isAsked = [...this.#endings].some(({ options }) => options.signals !== 'never');
    for (const signal of SIGNALS) {
      const others = process.listeners(signal).filter((listener) => listener !== this.#onSignal);
      const isWanted = !this.#isRaising && (this.#isAlwaysAsked() || (isAsked && others.length === 0));
      const isThere = process.listeners(signal).length > others.length;
      // Node makes something for a signal's first listener that lives as long: no request is to be held by that.
      if (isWanted && !isThere) runOutsideContext(() => process.prependListener(signal, this.#onSignal));
      else if (!isWanted && isThere) process.off(signal, this.#onSignal);
    }
  }
}

function isSignal(name: string | symbol): boolean {
  return SIGNALS.some((signal) => signal === name);
}
