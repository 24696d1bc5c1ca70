import { isPlatformsOwn, type Environment } from './environment.ts';
import { SETTING_NAMES, SETTINGS } from './settings-table.ts';

/** A variable that is set and has no effect, though it looks as if it should. */
export interface DoubtfulVariable {
  readonly name: string;
  /** The variable that may be meant; `undefined` where a platform set this one, or none is near. */
  readonly meant: string | undefined;
  /** A sentence for the log; no value stands in it. */
  readonly warning: string;
}

/** The variables that have an effect and are no settings: those of the command, and where the file is. */
const OTHER_VARIABLES = [
  'INFLUX_ADMIN_PASSWORD',
  'INFLUX_ADMIN_TOKEN',
  'INFLUX_ADMIN_USERNAME',
  'INFLUX_MONITORING_AUTHORIZATION',
  'MONITORING_CONFIG',
] as const;

/** All variables of the environment that this library and its command read. */
export const KNOWN_VARIABLES: readonly string[] = [
  ...SETTING_NAMES.flatMap((name) => SETTINGS[name].variable ?? []),
  ...OTHER_VARIABLES,
].sort();

/** Words that stand for a setting elsewhere, by what follows the prefix. */
const OTHER_WORDS: Readonly<Record<string, string>> = {
  INFLUX_ADDR: 'INFLUX_URL',
  INFLUX_ADDRESS: 'INFLUX_URL',
  INFLUX_API_TOKEN: 'INFLUX_TOKEN',
  INFLUX_AUTH_TOKEN: 'INFLUX_TOKEN',
  INFLUX_BUCKET_ID: 'INFLUX_BUCKET',
  INFLUX_BUCKET_NAME: 'INFLUX_BUCKET',
  INFLUX_CA: 'INFLUX_TLS_CA',
  INFLUX_DATABASE_NAME: 'INFLUX_DATABASE',
  INFLUX_DB: 'INFLUX_DATABASE',
  INFLUX_DBNAME: 'INFLUX_DATABASE',
  INFLUX_DB_NAME: 'INFLUX_DATABASE',
  INFLUX_ENDPOINT: 'INFLUX_URL',
  INFLUX_HOSTNAME: 'INFLUX_HOST',
  INFLUX_ORGANISATION: 'INFLUX_ORG',
  INFLUX_ORGANIZATION: 'INFLUX_ORG',
  INFLUX_ORG_ID: 'INFLUX_ORG',
  INFLUX_ORG_NAME: 'INFLUX_ORG',
  INFLUX_PASS: 'INFLUX_PASSWORD',
  INFLUX_PASSWD: 'INFLUX_PASSWORD',
  INFLUX_PWD: 'INFLUX_PASSWORD',
  INFLUX_SERVER: 'INFLUX_HOST',
  INFLUX_TLS: 'INFLUX_SSL',
  INFLUX_URI: 'INFLUX_URL',
  INFLUX_USER: 'INFLUX_USERNAME',
  INFLUX_USER_NAME: 'INFLUX_USERNAME',
  INFLUX_USE_SSL: 'INFLUX_SSL',
  INFLUX_USE_TLS: 'INFLUX_SSL',
  MONITORING_AUTHORIZATION: 'INFLUX_MONITORING_AUTHORIZATION',
  MONITORING_CONFIG_FILE: 'MONITORING_CONFIG',
  MONITORING_DISABLED: 'MONITORING_ENABLED',
  MONITORING_NAME: 'MONITORING_SERVICE',
  MONITORING_SPOOL: 'MONITORING_SPOOL_FOLDER',
  MONITORING_SPOOL_DIR: 'MONITORING_SPOOL_FOLDER',
  MONITORING_SPOOL_PATH: 'MONITORING_SPOOL_FOLDER',
};

/** Names that InfluxDB's own command reads: where the setting that is near is set as well, they say nothing of us. */
const COMMANDS_OWN: ReadonlySet<string> = new Set(['INFLUX_BUCKET_ID', 'INFLUX_BUCKET_NAME', 'INFLUX_ORG_ID']);

/** What Kubernetes and Docker's links set for a service called `influx…` or `monitoring…`. */
const PLATFORM_NAME =
  /_(?:SERVICE_HOST|SERVICE_PORT(?:_.+)?|PORT_\d+_(?:TCP|UDP|SCTP)(?:_(?:ADDR|PORT|PROTO))?|ENV_.+)$/;

const SHORT_LENGTH = 4;
const LONG_LENGTH = 12;

/**
 * Looks for variables with which somebody meant a setting: every unknown `MONITORING_*`, what is a slip of the pen away
 * from a variable, `INFLUXDB_*` where `INFLUX_*` is the name, and what a platform set under the name of a setting.
 */
export function findDoubtfulVariables(environment: Environment): DoubtfulVariable[] {
  return Object.entries(environment).flatMap(([name, value]) => {
    if (value === undefined || value.trim() === '') return [];
    return doubtOf(name, value, environment) ?? [];
  });
}

function doubtOf(name: string, value: string, environment: Environment): DoubtfulVariable | undefined {
  if (isPlatformsOwn(name, value)) {
    return KNOWN_VARIABLES.includes(name)
      ? {
          name,
          meant: undefined,
          warning: `${name} is ignored: Kubernetes and Docker set such a value for a service of that name`,
        }
      : undefined;
  }
  if (KNOWN_VARIABLES.includes(name) || PLATFORM_NAME.test(name) || isLinkName(name, value)) return undefined;
  const meant = /^INFLUXDB3?_/.test(name)
    ? withOtherPrefix(name, environment)
    : (OTHER_WORDS[name.toUpperCase()] ?? nearest(name) ?? extended(name));
  if (meant !== undefined && COMMANDS_OWN.has(name) && isSet(environment, meant)) return undefined;
  if (meant !== undefined) {
    return { name, meant, warning: `${name} is ignored: it is not a setting; did you mean ${meant}?` };
  }
  if (!name.startsWith('MONITORING_')) return undefined;
  const known = KNOWN_VARIABLES.filter((variable) => variable.startsWith('MONITORING_')).join(', ');
  return { name, meant, warning: `${name} is ignored: it is not a setting; these are: ${known}` };
}

/** Docker's links give the alias's own name as a path: `MONITORING_NAME=/web/monitoring`. */
function isLinkName(name: string, value: string): boolean {
  return name.endsWith('_NAME') && value.startsWith('/');
}

/** The variable that differs by slips of the pen: one in a short word, some in longer ones; case is none. */
function nearest(name: string): string | undefined {
  const upper = name.toUpperCase();
  if (!/^[IM]|^.[NO]/.test(upper)) return undefined;
  let found: string | undefined;
  let foundDistance = Infinity;
  for (const variable of KNOWN_VARIABLES) {
    const word = variable.slice(variable.indexOf('_') + 1);
    const allowed = word.length <= SHORT_LENGTH ? 1 : word.length < LONG_LENGTH ? 2 : 3;
    if (Math.abs(variable.length - upper.length) > allowed) continue;
    const distance = slipsBetween(upper, variable);
    if (distance <= allowed && distance < foundDistance) {
      found = variable;
      foundDistance = distance;
    }
  }
  return found;
}

/** The variable that goes on where this one ends, or ends where this one goes on: `MONITORING_MAX_MEMORY`. */
function extended(name: string): string | undefined {
  if (!name.startsWith('MONITORING_') || name.length === 'MONITORING_'.length) return undefined;
  const without = (variable: string): string => variable.replace(/_(?:SECONDS|MS|MIB|BYTES)$/, '');
  return KNOWN_VARIABLES.find(
    (variable) =>
      variable.startsWith(`${name}_`) || name.startsWith(`${variable}_`) || without(variable) === without(name),
  );
}

/** `INFLUXDB_TOKEN` where `INFLUX_TOKEN` is not set: the servers' images have settings of such names, too. */
function withOtherPrefix(name: string, environment: Environment): string | undefined {
  const renamed = name.replace(/^INFLUXDB3?_/, 'INFLUX_');
  const variable = KNOWN_VARIABLES.includes(renamed) ? renamed : OTHER_WORDS[renamed];
  return variable === undefined || isSet(environment, variable) ? undefined : variable;
}

function isSet(environment: Environment, name: string): boolean {
  return (environment[name] ?? '').trim() !== '';
}

/** How many letters were left out, added, changed or swapped with their neighbour, at least. */
function slipsBetween(left: string, right: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let row = 1; row <= left.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= right.length; column += 1) {
      const isSame = left[row - 1] === right[column - 1];
      const isSwapped =
        row > 1 && column > 1 && left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1];
      current[column] = Math.min(
        at(last, column) + 1,
        at(current, column - 1) + 1,
        at(last, column - 1) + (isSame ? 0 : 1),
        isSwapped ? at(beforeLast, column - 2) + 1 : Infinity,
      );
    }
    beforeLast = last;
    last = current;
  }
  return at(last, right.length);
}

function at(row: readonly number[], column: number): number {
  return row[column] ?? Infinity;
}
