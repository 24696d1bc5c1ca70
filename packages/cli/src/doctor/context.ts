import { Influx1Settings, Influx2Settings } from '@influx-monitoring/core';
import type { ResolvedConfiguration } from '@influx-monitoring/core/internal';
import type { InfluxQuestions } from '../database/database.ts';
import type { HttpAnswer } from '../database/http.ts';
import { Influx1Questions } from '../database/influx1-questions.ts';
import { Influx2Questions } from '../database/influx2-questions.ts';
import { Influx3Questions } from '../database/influx3-questions.ts';
import { withDeadline } from '../deadline.ts';

/** What a user asks doctor for. */
export interface DoctorOptions {
  /** False to leave the database as it is. */
  readonly isWriting: boolean;
  /** What the service has as `delivery.spoolFolder`, which stands in code. */
  readonly spoolFolder: string | undefined;
  /** How long a step may take, in milliseconds. */
  readonly timeoutMs: number;
}

/** What the steps on a database share. */
export class DatabaseContext {
  readonly configuration: ResolvedConfiguration;
  readonly settings: Influx1Settings | Influx2Settings;
  /** In the words of the version that is configured, until the server has said that it is InfluxDB 3. */
  questions: InfluxQuestions;
  readonly options: DoctorOptions;
  /** It takes the writes of 1.x and 2.x, and has neither databases nor answers to their questions. */
  isVictoriaMetrics = false;
  /** The first answer of the server, to a question that needs no credentials. */
  greeting: HttpAnswer | undefined;
  /** The point that was written. */
  canary: { readonly id: string; readonly stamp: bigint } | undefined;
  readonly #signal: AbortSignal;

  constructor(
    configuration: ResolvedConfiguration,
    settings: Influx1Settings | Influx2Settings,
    options: DoctorOptions,
    signal: AbortSignal,
  ) {
    this.configuration = configuration;
    this.settings = settings;
    this.options = options;
    this.questions = questionsFor(settings, configuration.version);
    this.#signal = signal;
  }

  /** Asks with a signal that ends a step which takes too long, and all of them on Ctrl-C. */
  ask<Value>(question: (signal: AbortSignal) => Promise<Value>): Promise<Value> {
    return withDeadline(this.options.timeoutMs, this.#signal, question);
  }

  /** The server is InfluxDB 3, whatever version is configured: it takes the writes of 2.x, and is asked otherwise. */
  askAsInflux3(): void {
    if (this.settings instanceof Influx2Settings) this.questions = new Influx3Questions(this.settings);
  }

  /** `http://localhost:8086`. */
  get url(): string {
    return this.settings.url;
  }
}

/** The questions in the words of a version. */
export function questionsFor(
  settings: Influx1Settings | Influx2Settings,
  version: ResolvedConfiguration['version'],
): InfluxQuestions {
  if (settings instanceof Influx1Settings) return new Influx1Questions(settings);
  return version === 3 ? new Influx3Questions(settings) : new Influx2Questions(settings);
}
