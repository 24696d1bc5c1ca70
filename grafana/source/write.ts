/** Writes the dashboards: `npx tsx grafana/source/write.ts`. A test holds what is written equal to the source. */
import { writeFileSync } from 'node:fs';
import { format } from 'prettier';
import { DASHBOARDS } from './index.ts';

for (const [name, content] of Object.entries(DASHBOARDS)) {
  const path = new URL(`../dashboards/${name}`, import.meta.url);
  writeFileSync(path, await format(JSON.stringify(content), { parser: 'json', printWidth: 120 }));
}
