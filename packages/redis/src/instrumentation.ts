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
  readonly silence: SilenceAlarm | undefined;
}

/** The instrumentation of one client. */
export interface Instrumentation {
  /** Puts everything back as it was. */
  uninstall(): void;
}
