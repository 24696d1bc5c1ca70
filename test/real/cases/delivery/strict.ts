import type { RealCase } from '../../case.ts';
import { expectCode, runVitest } from '../../command.ts';
import { environmentOf } from '../../programs.ts';

const DEADLINE_MS = 600_000;

export const strict: RealCase = {
  name: 'strict',
  title: "answers and stores as the tests' strict server does (test/servers-test/strict-as-real.test.ts)",
  // Of 3, what was recorded is all that is known.
  versions: [1, 2],
  run: async ({ program }) => {
    const environment = { ...environmentOf(program), NO_COLOR: '1' };
    const ended = await runVitest(['--project', 'whole', 'servers-test/strict-as-real'], environment, DEADLINE_MS);
    expectCode(ended, 0);
    return / +Tests +(.*)/.exec(ended.output)?.[1] ?? ended.output;
  },
};
