import { counted, same, type RealCase } from '../../case.ts';
import { expectCode, runCommand } from '../../command.ts';
import type { RealInflux } from '../../servers/real-influx.ts';
import { idOf, ORGANIZATION } from '../../servers/real-influx2.ts';

export const removal: RealCase = {
  name: 'remove',
  title: 'setup --remove takes away all that setup and doctor made',
  versions: [1, 2],
  run: async ({ influx, database }) => {
    const environment = influx.environment(database);
    const wishes = influx.version === 2 ? ['--make-token', '--alerts', 'http://127.0.0.1:9/'] : [];
    expectCode(await runCommand(['setup', '--downsample', ...wishes, '--yes'], environment), 0);
    expectCode(await runCommand(['doctor'], environment), 0);
    same('whether something is named for the database', (await everything(influx)).includes(database), true);
    const removed = await runCommand(['setup', '--remove', '--yes'], environment);
    expectCode(removed, 0);
    same('whether something still is', (await everything(influx)).includes(database), false);
    return `${counted(removed.output.match(/^done /gm)?.length ?? 0, 'thing')} removed`;
  },
};

/** All that the server tells of databases or buckets, of tasks, tokens and checks, as one text. */
async function everything(influx: RealInflux): Promise<string> {
  if (influx.version === 1) {
    const statements = ['SHOW DATABASES', 'SHOW CONTINUOUS QUERIES'];
    return JSON.stringify(await Promise.all(statements.map((statement) => influx.query('', statement))));
  }
  const orgID = await idOf((method, path) => influx.ask(method, path), 'orgs', `org=${ORGANIZATION}`);
  const lists = ['buckets', 'tasks', 'authorizations', 'checks', 'notificationEndpoints', 'notificationRules'];
  const found = lists.map((list) => influx.ask('GET', `/api/v2/${list}?orgID=${orgID}&limit=100`));
  return JSON.stringify(await Promise.all(found));
}
