/** Writes the dashboards and the alert rules: `npm run grafana`. A test holds what is written equal to the source. */
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { format, resolveConfig } from 'prettier';
import { stringify } from 'yaml';
import { RUNBOOK } from './alert.ts';
import { DASHBOARDS } from './index.ts';
import { RULES } from './rules.ts';

const FOLDER = new URL('../dashboards/', import.meta.url);
const RULE_FILE = new URL('../provisioning/alerting/rules.yaml', import.meta.url);
const RULE_COMMENT = `# Written by grafana/source/write.ts. Rules for what nobody should learn from the users; thresholds are a start.
# Who is told, and how, is yours to say: Alerting > Contact points and Notification policies.
`;

const { values } = parseArgs({ options: { runbook: { type: 'string', default: RUNBOOK } } });

for (const name of readdirSync(FOLDER)) if (!(name in DASHBOARDS)) rmSync(new URL(name, FOLDER));
for (const [name, content] of Object.entries(DASHBOARDS)) {
  const text = await format(JSON.stringify(content), { parser: 'json', printWidth: 120 });
  writeFileSync(new URL(name, FOLDER), text);
}
writeFileSync(RULE_FILE, RULE_COMMENT + (await ruleText()).replaceAll(`${RUNBOOK}#`, `${values.runbook}#`));

async function ruleText(): Promise<string> {
  // Through JSON: the builders' queries hold a function, which is not written.
  const rules: unknown = JSON.parse(JSON.stringify(RULES));
  const group = { orgId: 1, name: 'influx-monitoring', folder: 'influx-monitoring', interval: '1m', rules };
  return format(stringify({ apiVersion: 1, groups: [group] }, { lineWidth: 0 }), {
    ...(await resolveConfig(RULE_FILE)),
    parser: 'yaml',
  });
}
