import { same, type CaseContext, type RealCase } from '../../case.ts';
import { runCommand } from '../../command.ts';
import { makeToken, setStatus } from '../delivery/tokens.ts';

type Environment = Readonly<Record<string, string>>;

/** The part of `doctor --json` that is looked at. */
interface Report {
  readonly ok: boolean;
  readonly steps: readonly { readonly step: string; readonly status: string; readonly message: string }[];
}

export const doctor: RealCase = {
  name: 'doctor',
  title:
    'finds all well, and tells a wrong password or token from a wrong database or bucket (2.x: and what tokens may)',
  run: async (context) => {
    const { influx, database } = context;
    const right = influx.environment(database);
    const well = await report(right);
    const troubled = well.steps.filter(({ status }) => status === 'fail' || status === 'warn');
    same('steps in trouble', troubled, []);
    same('ok', well.ok, true);
    const seen = [`${String(well.steps.length)} steps well`];
    const secret = influx.version === 1 ? 'INFLUX_PASSWORD' : 'INFLUX_TOKEN';
    seen.push(await failing({ ...right, [secret]: 'wrong' }, 'credentials'));
    const place = influx.version === 2 ? 'INFLUX_BUCKET' : 'INFLUX_DATABASE';
    // InfluxDB 3 makes a database that is written to: doctor says so, and goes on.
    if (influx.version !== 3) seen.push(await failing({ ...right, [place]: 'misspelt' }, 'database'));
    if (influx.version === 2) seen.push(await failing({ ...right, INFLUX_ORG: 'misspelt' }, 'credentials'));
    if (influx.version === 2) seen.push(...(await tokensOf2(context)));
    return seen.join('; ');
  },
};

/** Tokens that are right but may not do what a service does. */
async function tokensOf2({ influx, database }: CaseContext): Promise<string[]> {
  const right = influx.environment(database);
  const writing = await makeToken(influx, database, 'writing');
  const { ok } = await report({ ...right, INFLUX_TOKEN: writing.token });
  same('ok with a token that may only write', ok, true);
  await setStatus(influx, writing, 'inactive');
  const inactive = await failing({ ...right, INFLUX_TOKEN: writing.token }, 'credentials');
  same('what is said of an inactive token', inactive, 'credentials: the token is inactive');
  const reading = await makeToken(influx, database, 'reading', 'read');
  return [inactive, await failing({ ...right, INFLUX_TOKEN: reading.token }, 'write')];
}

/** What the first failing step says. @throws where it is another */
async function failing(environment: Environment, step: string): Promise<string> {
  const { ok, steps } = await report(environment);
  const first = steps.find(({ status }) => status === 'fail');
  same('ok, and the step that fails', [ok, first?.step], [false, step]);
  return `${step}: ${first?.message ?? ''}`;
}

async function report(environment: Environment): Promise<Report> {
  const { errorOutput, output } = await runCommand(['doctor', '--json'], environment);
  try {
    // The format of `doctor --json`.
    return JSON.parse(output) as Report;
  } catch {
    throw new Error(`doctor printed no report: ${output}${errorOutput}`);
  }
}
