import type { ErrorRecorder } from './error-recorder.ts';
import type { ListenerRunner } from './listener-runner.ts';
import type { InstrumentSubscriberOptions } from './options.ts';
import type { SilenceAlarm } from './silence-alarm.ts';

/** What the instrumentation of a client works with. */
export interface InstrumentationInit {
  readonly errors: ErrorRecorder;
  /** Instruments what `duplicate()` returned, where that is wanted. */
  readonly instrumentDuplicate: ((duplicate: unknown) => void) | undefined;
  readonly options: InstrumentSubscriberOptions;
  readonly runner: ListenerRunner;
  /** Only where silence is an error. */
  readonly silence: SilenceAlarm | undefined;
}

/** What knows how to instrument the clients of one library. */
export interface ClientLibrary {
  /** Whether this object is a client of it. */
  readonly isClient: (target: object) => boolean;
  /** Whether a client is subscribed to anything; `undefined` where it does not tell. */
  readonly isSubscribed: (target: object) => boolean | undefined;
  readonly instrument: (target: object, init: InstrumentationInit) => Instrumentation;
}

/** The instrumentation of one client. */
export interface Instrumentation {
  /** Puts everything back as it was. */
  uninstall(): void;
}
