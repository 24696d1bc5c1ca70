import type { Logger } from '../logger.ts';
import { guardListener, type OnCallbackFailure } from '../process/callback-guard.ts';
import { runOutsideContext } from '../process/outside-context.ts';
import type { DeliveryEvent } from './delivery-event.ts';
import { logLine, type LogCode } from './log-line.ts';
import { topicOf, type LogTopic } from './log-topic.ts';
import type { Situation } from './situation.ts';

/** How long a topic stays untold after it was told, in milliseconds; meanwhile its counts add up. */
export const LOG_INTERVAL_MS = 30_000;

/** Topics are named by outside text, too: further ones are told together. */
const MAX_TOPICS = 100;

/** What was lost in all, in points. */
export interface LossTotals {
  readonly deadLettered: number;
  readonly dropped: number;
}

/** What is to be told of a topic. */
interface Entry {
  topic: LogTopic;
  count: number;
  /** Whether anything came since it was told. */
  isDue: boolean;
  toldAtMs: number;
}

/**
 * Tells a logger of events: a topic at most once in `LOG_INTERVAL_MS`, with all that was counted since it was told last.
 * So the numbers of the log add up to those of `stats()`.
 */
export class EventLog {
  readonly #write: Readonly<Record<keyof Logger, (code: LogCode, text: string) => void>>;
  readonly #entries = new Map<string, Entry>();
  readonly #readSituation: () => Situation;
  #timer: NodeJS.Timeout | undefined;

  /** @param readSituation - what waits, looked at when a line is told */
  constructor(logger: Logger, readSituation: () => Situation, onFailure: OnCallbackFailure) {
    this.#readSituation = readSituation;
    const guard = (level: keyof Logger): ((code: LogCode, text: string) => void) => {
      const tell = guardListener((line: string) => logger[level](line), onFailure);
      return (code, text) => {
        tell(logLine(code, text));
      };
    };
    this.#write = { info: guard('info'), warn: guard('warn'), error: guard('error') };
  }

  /** @param target - the database, as a line names it */
  note(event: DeliveryEvent, target: string): void {
    const topic = topicOf(event, target);
    if (topic === undefined) return;
    const key = this.#entries.has(topic.name) || this.#entries.size < MAX_TOPICS ? topic.name : event.kind;
    const entry = this.#entries.get(key) ?? { topic, count: 0, isDue: false, toldAtMs: -Infinity };
    this.#entries.set(key, entry);
    // What is counted together and is not all of one kind is told in the words for several.
    entry.topic = entry.isDue && topic.isCounted ? topic.mergedWith(entry.topic) : topic;
    entry.count += topic.count;
    entry.isDue = true;
    if (performance.now() - entry.toldAtMs >= LOG_INTERVAL_MS) this.#tell(entry);
    else if (topic.isCounted) this.#tellLater();
  }

  warn(code: LogCode, text: string): void {
    this.#write.warn(code, text);
  }

  /** Tells what was lost in all, if anything was; what is counted and not told yet is in that. */
  end({ deadLettered, dropped }: LossTotals): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    for (const entry of this.#entries.values()) {
      entry.count = 0;
      entry.isDue = false;
    }
    const parts = [
      ...(dropped > 0 ? [`${String(dropped)} points were dropped in total`] : []),
      ...(deadLettered > 0 ? [`${String(deadLettered)} points were refused by the database in total`] : []),
    ];
    if (parts.length > 0) this.#write.error('MON_LOST_IN_ALL', parts.join(', '));
  }

  #tell(entry: Entry): void {
    const { count, topic } = entry;
    entry.count = 0;
    entry.isDue = false;
    entry.toldAtMs = performance.now();
    const advice = topic.advice?.(this.#readSituation()) ?? '';
    this.#write[topic.level](topic.code, `${topic.text(count)}${advice === '' ? '' : `; ${advice}`}`);
  }

  #tellLater(): void {
    this.#timer ??= runOutsideContext(() =>
      setTimeout(() => {
        this.#timer = undefined;
        this.#tellCounted();
      }, LOG_INTERVAL_MS).unref(),
    );
  }

  #tellCounted(): void {
    for (const entry of this.#entries.values()) {
      if (!entry.isDue || !entry.topic.isCounted) continue;
      if (performance.now() - entry.toldAtMs >= LOG_INTERVAL_MS) this.#tell(entry);
      else this.#tellLater();
    }
  }
}
