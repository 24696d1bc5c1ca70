import type { RealCase } from '../../case.ts';
import { expectCode, runVitest } from '../../command.ts';
import { environmentOf } from '../../programs.ts';

const DEADLINE_MS = 300_000;

export const dashboards: RealCase = {
  name: 'dashboards',
  title: 'answers all queries of dashboards and alert rules (test/grafana)',
  run: async ({ program }) => {
    // It starts a server of its own and fills it.
    const environment = { ...environmentOf(program), NO_COLOR: '1' };
    const ended = await runVitest(['--project', 'whole', 'grafana/'], environment, DEADLINE_MS);
    expectCode(ended, 0);
    return / +Tests +(.*)/.exec(ended.output)?.[1] ?? ended.output;
  },
};
