import { createHash } from 'node:crypto';
import type {
  Check,
  HTTPNotificationEndpoint,
  NotificationEndpoint,
  NotificationRule,
  PostCheck,
  PostNotificationEndpoint,
  PostNotificationRule,
} from '@influxdata/influxdb-client-apis';
import { checksOf, STATUS_TAG, type AlertCheck } from '../../alerts/checks.ts';
import { CommandError } from '../../command-error.ts';
import { endedBy } from '../../database/influx2-client.ts';
import { settled, type DatabaseWishes, type PlanItem } from '../plan.ts';
import { asked, type Influx2Access } from './access.ts';

/** What is there of alerts, by name. */
export interface FoundAlerts {
  readonly checks: ReadonlyMap<string, Check>;
  readonly endpoint: NotificationEndpoint | undefined;
  readonly rule: NotificationRule | undefined;
}

/** What a list of InfluxDB gives at most, in one answer. */
const MAX_LISTED = 100;

/** What endpoint and rule of a bucket are called. */
export function alertsName(bucket: string): string {
  return `influx-monitoring: alerts of ${bucket}`;
}

/** Looks for checks, endpoint and rule. @throws CommandError where the token may not read them */
export async function findAlerts(access: Influx2Access, signal: AbortSignal): Promise<FoundAlerts> {
  const { bucketName, client, organization } = access;
  const name = alertsName(bucketName);
  const paged = <Entry>(what: string, ask: (offset: number) => Promise<Entry[]>): Promise<Entry[]> =>
    asked(`${what} (--alerts needs read and write on checks, notification endpoints and rules)`, () => listAll(ask));
  const request = (offset: number): { orgID: string; limit: number; offset: number } => ({
    orgID: organization.id,
    limit: MAX_LISTED,
    offset,
  });
  const checks = await paged('checks', async (offset) => {
    return (await client.checks.getChecks(request(offset), endedBy(signal))).checks ?? [];
  });
  const endpoints = await paged('notification endpoints', async (offset) => {
    const answer = await client.endpoints.getNotificationEndpoints(request(offset), endedBy(signal));
    return answer.notificationEndpoints ?? [];
  });
  const rules = await paged('notification rules', async (offset) => {
    return (await client.rules.getNotificationRules(request(offset), endedBy(signal))).notificationRules ?? [];
  });
  return {
    checks: new Map(checks.map((check) => [check.name, check])),
    endpoint: endpoints.find((endpoint) => endpoint.name === name),
    rule: rules.find((rule) => rule.name === name),
  };
}

async function listAll<Entry>(ask: (offset: number) => Promise<Entry[]>): Promise<Entry[]> {
  const entries: Entry[] = [];
  for (;;) {
    const page = await ask(entries.length);
    entries.push(...page);
    if (page.length < MAX_LISTED) return entries;
  }
}

/** Plans the checks, and where an address is given, the endpoint and the rule that tells it. */
export function planAlerts(access: Influx2Access, found: FoundAlerts, wishes: DatabaseWishes): PlanItem[] {
  const checks = checksOf(access.bucketName).map((check) => planCheck(access, check, found.checks.get(check.name)));
  const { alerts } = wishes;
  if (alerts === undefined || alerts === '') {
    if (found.rule !== undefined) return checks;
    return [
      ...checks,
      settled('no notification', 'nobody is notified of what the checks say: --alerts URL makes that'),
    ];
  }
  let endpointId = found.endpoint?.id;
  const endpoint = planEndpoint(access, found.endpoint, alerts, (id) => {
    endpointId = id;
  });
  return [...checks, endpoint, planRule(access, found.rule, () => endpointId)];
}

function planCheck({ client, organization }: Influx2Access, check: AlertCheck, current: Check | undefined): PlanItem {
  const what = `check "${check.name}"`;
  // InfluxDB changes the script that it keeps: what it was made of is told by its description.
  const version = createHash('sha256').update(check.flux).digest('hex').slice(0, 12);
  const description = `${check.description} (influx-monitoring setup, ${version})`;
  const isOff = current?.status === 'inactive';
  if (current?.description === description) return settled(what, isOff ? 'it is inactive, and stays so' : undefined);
  const body: PostCheck = {
    type: 'custom',
    name: check.name,
    description,
    orgID: organization.id,
    status: isOff ? 'inactive' : 'active',
    query: { text: check.flux, editMode: 'advanced', name: '' },
  };
  const { id } = current ?? {};
  return {
    action: id === undefined ? 'make' : 'change',
    description: what,
    caution: id === undefined ? undefined : 'what was changed in its script is replaced',
    apply: async (signal) => {
      const answer = (): Promise<Check> =>
        id === undefined
          ? client.checks.createCheck({ body }, endedBy(signal))
          : client.checks.putChecksID({ checkID: id, body }, endedBy(signal));
      await asked(`to ${id === undefined ? 'make' : 'change'} ${what}`, answer);
      return undefined;
    },
  };
}

function planEndpoint(
  { bucketName, client, organization }: Influx2Access,
  current: NotificationEndpoint | undefined,
  address: string,
  onMade: (id: string | undefined) => void,
): PlanItem {
  const { username, password, url } = credentialsOf(address);
  const what = `notification endpoint "${alertsName(bucketName)}" for ${new URL(url).origin}`;
  const hasUser = username !== '';
  const body: PostNotificationEndpoint & HTTPNotificationEndpoint = {
    type: 'http',
    name: alertsName(bucketName),
    orgID: organization.id,
    status: 'active',
    url,
    method: 'POST',
    authMethod: hasUser ? 'basic' : 'none',
    ...(hasUser && { username, password }),
  };
  const { id } = current ?? {};
  const isSame = current !== undefined && 'url' in current && current.url === url && !hasUser;
  if (isSame) return settled(what);
  return {
    action: id === undefined ? 'make' : 'change',
    description: what,
    apply: async (signal) => {
      const answer = (): Promise<NotificationEndpoint> =>
        id === undefined
          ? client.endpoints.createNotificationEndpoint({ body }, endedBy(signal))
          : client.endpoints.putNotificationEndpointsID({ endpointID: id, body }, endedBy(signal));
      onMade((await asked(`to make ${what}`, answer)).id);
      return undefined;
    },
  };
}

function planRule(
  { bucketName, client, organization }: Influx2Access,
  current: NotificationRule | undefined,
  endpointId: () => string | undefined,
): PlanItem {
  const name = alertsName(bucketName);
  const what = `notification rule "${name}"`;
  if (current !== undefined && current.endpointID === endpointId()) {
    return settled(what, current.status === 'inactive' ? 'it is inactive, and stays so' : undefined);
  }
  return {
    action: current === undefined ? 'make' : 'change',
    description: what,
    apply: async (signal) => {
      const endpointID = endpointId();
      if (endpointID === undefined) throw new CommandError('InfluxDB gave the notification endpoint no id');
      const body: PostNotificationRule = {
        type: 'http',
        name,
        orgID: organization.id,
        endpointID,
        status: 'active',
        every: '1m',
        offset: '20s',
        tagRules: [{ key: STATUS_TAG, value: bucketName, operator: 'equal' }],
        statusRules: [{ currentLevel: 'CRIT' }, { currentLevel: 'WARN' }],
      };
      const { id } = current ?? {};
      const answer = (): Promise<NotificationRule> =>
        id === undefined
          ? client.rules.createNotificationRule({ body }, endedBy(signal))
          : client.rules.putNotificationRulesID({ ruleID: id, body }, endedBy(signal));
      await asked(`to make ${what}`, answer);
      return undefined;
    },
  };
}

/** An address may have a user and a password in it, which InfluxDB keeps apart. */
function credentialsOf(address: string): {
  readonly url: string;
  readonly username: string;
  readonly password: string;
} {
  const url = new URL(address);
  const username = decodeURIComponent(url.username);
  const password = decodeURIComponent(url.password);
  url.username = '';
  url.password = '';
  return { url: url.href, username, password };
}
