import { counted, same, type CaseContext, type RealCase } from '../../case.ts';
import { expectCode, runCommand, type Ended } from '../../command.ts';
import { idOf, ORGANIZATION } from '../../servers/real-influx2.ts';

interface Permission {
  readonly action: string;
  readonly resource: { readonly type: string; readonly id?: string; readonly orgID?: string };
}

/** What a token may do in the organization; the organization and the user are named by their ids. */
async function permissionsFor({ influx }: CaseContext, types: readonly string[]): Promise<Permission[]> {
  const orgID = await idOf((method, path) => influx.ask(method, path), 'orgs', `org=${ORGANIZATION}`);
  // The format of GET /api/v2/users.
  const { users } = (await influx.ask('GET', '/api/v2/users')) as {
    readonly users: readonly { readonly id: string }[];
  };
  const [user] = users;
  if (user === undefined) throw new Error('there is no user');
  return types.flatMap((type): Permission[] => {
    if (type === 'orgs') return [{ action: 'read', resource: { type, id: orgID } }];
    if (type === 'users') return [{ action: 'write', resource: { type, id: user.id } }];
    return ['read', 'write'].map((action) => ({ action, resource: { type, orgID } }));
  });
}

const ALWAYS = ['orgs', 'buckets'];

/** As the table in docs/cli.md has it. */
const NEEDED: readonly (readonly [option: string, types: readonly string[]])[] = [
  ['', []],
  ['--downsample', ['tasks']],
  ['--make-token', ['authorizations', 'users']],
  ['--alerts', ['checks', 'notificationEndpoints', 'notificationRules']],
];

export const rights: RealCase = {
  name: 'rights',
  title: 'setup needs of a token what docs/cli.md says, and no more',
  versions: [2],
  run: async (context) => {
    for (const [option, types] of NEEDED) {
      const words = option === '' ? [] : [option];
      if (types.length > 0) {
        const { code } = await setUp(context, [], words);
        same(`exit code of ${option} without ${types.join(', ')}`, code, 1);
      }
      expectCode(await setUp(context, types, words), 0);
    }
    const all = NEEDED.flatMap(([, types]) => types);
    expectCode(await setUp(context, all, ['--remove']), 0);
    return `${counted(NEEDED.length, 'set')} of rights do, and --remove with all of them`;
  },
};

/** Runs setup with a token of no other rights. */
async function setUp(context: CaseContext, types: readonly string[], words: readonly string[]): Promise<Ended> {
  const { influx, database } = context;
  const permissions = await permissionsFor(context, [...ALWAYS, ...types]);
  const orgID = await idOf((method, path) => influx.ask(method, path), 'orgs', `org=${ORGANIZATION}`);
  // The format of POST /api/v2/authorizations.
  const made = (await influx.ask('POST', '/api/v2/authorizations', { orgID, permissions })) as {
    readonly token: string;
  };
  const { INFLUX_URL = '', INFLUX_ORG = '' } = influx.environment(database);
  const environment = { INFLUX_URL, INFLUX_ORG, INFLUX_BUCKET: database, INFLUX_ADMIN_TOKEN: made.token };
  return runCommand(['setup', ...words, '--yes'], environment);
}
