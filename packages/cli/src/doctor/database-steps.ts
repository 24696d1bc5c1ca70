import { randomInt, randomUUID } from 'node:crypto';
import { Influx1Settings, type Outcome } from '@influx-monitoring/core';
import { batchOfText, createWire } from '@influx-monitoring/core/internal';
import { COMMAND } from '../command-name.ts';
import { DOCTOR_SERIES } from '../database/doctor-series.ts';
import { Influx3Questions } from '../database/influx3-questions.ts';
import { failureReason } from '../database/http.ts';
import { placeOfSetting } from './configured.ts';
import type { DatabaseContext } from './context.ts';
import { fail, ok, skip, warn, type Finding } from './finding.ts';

const WRITE_TELLS = 'The write below does.';

/** Asks with the credentials, and keeps what can be seen for `findPlace`. */
export class Access {
  #names: readonly string[] | undefined;

  /** Whether the credentials are taken. */
  async authenticate(context: DatabaseContext): Promise<Finding> {
    const { questions, configuration } = context;
    if (context.isVictoriaMetrics)
      return ok('VictoriaMetrics asks for none by itself; the write tells of a proxy before it');
    const access = await context.ask((signal) => questions.askAccess(signal));
    if (access.kind === 'granted') {
      this.#names = access.names;
      return ok(hasCredentials(context) ? `${questions.credentials}: taken` : 'no credentials are asked for');
    }
    if (access.kind === 'refused') {
      const advice = `Check ${credentialPlaces(context)}.`;
      return fail(`${questions.credentials}: refused (${access.reason})`, advice);
    }
    if (access.kind === 'inactive') {
      return fail('the token is inactive', `Activate it, or use another (${placeOfSetting(configuration, 'token')}).`);
    }
    if (access.kind === 'no-organization') {
      return fail(
        `the token is taken, and there is no such organization, or it may not be seen (${access.reason})`,
        `Check the organization (${placeOfSetting(configuration, 'organization')}).`,
      );
    }
    return warn(`the server does not tell whether they are right (${access.reason})`, WRITE_TELLS);
  }

  /** Whether the database or bucket is there. */
  findPlace(context: DatabaseContext): Finding {
    const { questions, configuration, options } = context;
    const { place } = questions;
    if (context.isVictoriaMetrics) return ok('VictoriaMetrics has no databases: there is none to make');
    const name = configuration.version === 1 ? 'dbName' : 'bucket';
    if (this.#names?.includes(questions.placeName) === true) return ok(`${place} is there`);
    if (questions instanceof Influx3Questions) {
      const note = 'a misspelt name is not refused';
      return ok(
        this.#names === undefined
          ? `${place} is made by the first write, if it is not there; ${note}`
          : `${place} is not there yet: the first write makes it; ${note}`,
      );
    }
    if (this.#names === undefined) return warn(`the server does not tell whether ${place} is there`, WRITE_TELLS);
    // A token that may only write sees no bucket at all, which is all that a service needs.
    if (configuration.version === 2 && this.#names.length === 0) {
      return warn(
        `this token sees no ${place}: it is missing, or the token may only write`,
        options.isWriting ? 'The write below tells which.' : 'Leave out --no-write to learn which.',
      );
    }
    return fail(
      `${place} is not there`,
      `Make it with \`${COMMAND} setup\`, or check the name (${placeOfSetting(configuration, name)}) ` +
        'and what these credentials may see.',
    );
  }
}

/** Writes one point, over the adapter that the service uses. */
export async function writeCanary(context: DatabaseContext): Promise<Finding> {
  if (!context.options.isWriting) return skip('nothing is written, as asked for');
  const id = randomUUID();
  const stamp = BigInt(Date.now()) * 1_000_000n + BigInt(randomInt(1_000_000));
  const wire = createWire(context.settings);
  const lines = `${DOCTOR_SERIES},source=doctor id="${id}",padding="${PADDING}",value=1i ${String(stamp)}`;
  const startedAtMs = performance.now();
  let outcome: Outcome;
  try {
    outcome = await context.ask((signal) => wire.write(batchOfText(lines), signal));
  } finally {
    wire.close();
  }
  if (outcome.kind === 'delivered') {
    context.canary = { id, stamp };
    return ok(`a point of the series ${DOCTOR_SERIES} is taken (${(performance.now() - startedAtMs).toFixed(1)} ms)`);
  }
  return writeFailure(context, outcome);
}

function writeFailure(context: DatabaseContext, outcome: Exclude<Outcome, { kind: 'delivered' }>): Finding {
  const { place } = context.questions;
  const message = `a write is refused (${outcome.reason})`;
  const status = Number(/^HTTP (\d+)/.exec(outcome.reason)?.[1]);
  if (status === 404) return fail(message, `${place} is not there: make it with \`${COMMAND} setup\`.`);
  if (status === 401 || status === 403) {
    const advice = `Give these credentials the right to write into ${place}, or check ${credentialPlaces(context)}`;
    return fail(message, context.configuration.version === 2 ? `${advice}: ${NEW_TOKEN}.` : `${advice}.`);
  }
  if (outcome.kind === 'refused') {
    return fail(message, `Check the retention of ${place} against both clocks, and the server's limits.`);
  }
  return fail(message, "Look into the server's log; the service would keep its points and try again.");
}

/** Looks for the point that was written. */
export async function readCanary(context: DatabaseContext): Promise<Finding> {
  const { canary, questions } = context;
  if (canary === undefined) return skip('nothing was written');
  if (context.isVictoriaMetrics) return skip('VictoriaMetrics is read by PromQL, and keeps no text');
  const reading = await context.ask((signal) => questions.askForPoint({ series: DOCTOR_SERIES, ...canary }, signal));
  if (reading.kind === 'found') return ok('the point is there');
  if (reading.kind === 'missing') {
    return fail(
      'the point was taken and is not there',
      'Check the retention, and whether a proxy answers for InfluxDB.',
    );
  }
  return warn(
    `the point cannot be read back (${reading.reason})`,
    'A service needs no right to read; dashboards need credentials that have it.',
  );
}

/** A question that failed on the way. */
export function questionFailure(context: DatabaseContext, error: unknown): Finding {
  return fail(
    `${context.url}: ${failureReason(error)}`,
    "Look into the server's log, and at what is between here and there.",
  );
}

/** A write of this size is compressed, as those of a service are: a proxy in between may take no gzip. */
const PADDING = '-'.repeat(2048);

/** What 2.x needs to be said of its tokens. */
const NEW_TOKEN =
  `\`${COMMAND} setup --make-token\` makes one that may, ` +
  'and a bucket that was deleted and made again needs new tokens, since they hold its id';

function hasCredentials({ settings }: DatabaseContext): boolean {
  return !(settings instanceof Influx1Settings) || settings.username !== undefined;
}

function credentialPlaces({ configuration, settings }: DatabaseContext): string {
  if (!(settings instanceof Influx1Settings)) return `the token (${placeOfSetting(configuration, 'token')})`;
  const username = placeOfSetting(configuration, 'username');
  return `the user name (${username}) and the password (${placeOfSetting(configuration, 'password')})`;
}
