import { startJsonServer, type JsonReply, type JsonRequest } from './json-server.ts';

/** Something that the API keeps, by its id: bucket, task, token, check, endpoint or rule. */
export type FakeEntry = Record<string, unknown> & {
  readonly id: string;
  readonly name?: string;
  readonly flux?: string;
  status?: string;
};

/** The folders of the API, and what it calls the list of each. */
const KINDS = {
  buckets: 'buckets',
  tasks: 'tasks',
  authorizations: 'authorizations',
  checks: 'checks',
  notificationEndpoints: 'notificationEndpoints',
  notificationRules: 'notificationRules',
} as const;

type Kind = keyof typeof KINDS;

/** What a token may, by kind. */
export type FakeRights = Readonly<Partial<Record<Kind | 'orgs' | 'users', 'read' | 'write' | 'all'>>>;

const ORGANIZATION = { id: '00000000000000a1', name: 'luna' } as const;
const DAY = 86_400;

/**
 * The API of InfluxDB 2.x for organizations, buckets, tasks, tokens, checks, endpoints and rules, as its documentation
 * has it, with what a real 2.7 does: lists leave out what a token may not read, and a retention below the duration of a
 * shard group is refused. It runs no Flux: `answerQuery` says what a script gives.
 */
export class FakeInflux2 {
  readonly entries: Readonly<Record<Kind, FakeEntry[]>> = {
    buckets: [],
    tasks: [],
    authorizations: [],
    checks: [],
    notificationEndpoints: [],
    notificationRules: [],
  };
  /** Changes, in their order. */
  readonly changes: string[] = [];
  /** Scripts of Flux that came, in their order. */
  readonly queries: string[] = [];
  /** Rights of tokens other than `admin`, which may all, and `service`, which may read. */
  readonly tokens = new Map<string, FakeRights>();
  answerQuery: (flux: string) => string = () => '';
  url = '';
  #count = 0;

  static async start(): Promise<FakeInflux2> {
    const fake = new FakeInflux2();
    fake.url = await startJsonServer((request) => fake.#answer(request));
    return fake;
  }

  get buckets(): FakeEntry[] {
    return this.entries.buckets;
  }

  get tasks(): FakeEntry[] {
    return this.entries.tasks;
  }

  #answer(request: JsonRequest): JsonReply {
    const { authorization = '', path, query } = request;
    const token = authorization.replace(/^Token /, '');
    if (token !== 'admin' && token !== 'service' && !this.tokens.has(token)) {
      return { status: 401, body: { code: 'unauthorized', message: 'unauthorized access' } };
    }
    if (path === '/api/v2/query') {
      this.queries.push(request.text);
      return { status: 200, text: this.answerQuery(request.text) };
    }
    if (path === '/api/v2/orgs') return this.#answerOrganizations(query, this.#may(token, 'orgs', 'read'));
    const [, kind, id] = /^\/api\/v2\/(\w+)(?:\/(\w+))?$/.exec(path) ?? [];
    if (kind === undefined || !(kind in KINDS)) return { status: 404, body: { message: 'path not found' } };
    // It is a key of KINDS, as was just seen.
    return this.#answerEntries(kind as Kind, id, token, request);
  }

  #answerOrganizations(query: URLSearchParams, mayRead: boolean): JsonReply {
    const { id, name } = ORGANIZATION;
    const isIt = (query.get('org') ?? name) === name && (query.get('orgID') ?? id) === id;
    if (mayRead && isIt) return { status: 200, body: { orgs: [ORGANIZATION] } };
    if (!query.has('org')) return { status: 200, body: { orgs: [] } };
    return {
      status: 404,
      body: { code: 'not found', message: `organization name "${query.get('org') ?? ''}" not found` },
    };
  }

  #may(token: string, kind: Kind | 'orgs' | 'users', action: 'read' | 'write'): boolean {
    if (token === 'admin') return true;
    if (token === 'service') return action === 'read';
    const right = this.tokens.get(token)?.[kind];
    return right === action || right === 'all';
  }

  #answerEntries(kind: Kind, id: string | undefined, token: string, request: JsonRequest): JsonReply {
    const { body, method, path, query } = request;
    const list = this.entries[kind];
    if (method === 'GET') {
      if (!this.#may(token, kind, 'read')) {
        return id === undefined
          ? emptyList(kind, query)
          : { status: 401, body: { code: 'unauthorized', message: `read:${kind} is unauthorized` } };
      }
      return id === undefined ? listed(kind, list, query) : found(list.find((entry) => entry.id === id));
    }
    if (!this.#may(token, kind, 'write')) return { status: 403, body: { code: 'forbidden', message: 'forbidden' } };
    // A token belongs to a user, who changes by it (2.7.12).
    if (kind === 'authorizations' && method === 'POST' && !this.#may(token, 'users', 'write')) {
      return { status: 401, body: { code: 'unauthorized', message: `write:users/${ORGANIZATION.id} is unauthorized` } };
    }
    this.changes.push(`${method} ${path}`);
    if (method === 'POST') return this.#make(kind, body);
    const index = list.findIndex((entry) => entry.id === id);
    const entry = list[index];
    if (entry === undefined) return found(undefined);
    if (method === 'DELETE') {
      list.splice(index, 1);
      return { status: 204 };
    }
    const refusal = kind === 'buckets' ? refusalOfRetention(entry, body) : undefined;
    if (refusal !== undefined) return refusal;
    const changed = { ...entry, ...body, ...(kind === 'checks' ? keptCheck(body, entry.id) : {}) };
    list[index] = changed;
    return { status: 200, body: changed };
  }

  #make(kind: Kind, body: JsonRequest['body']): JsonReply {
    this.#count += 1;
    const id = this.#count.toString(16).padStart(16, '0');
    const flux = String(body['flux']);
    const entry: FakeEntry = {
      ...(kind === 'tasks' ? { name: /option task = \{name: "([^"]*)"/.exec(flux)?.[1] ?? '' } : {}),
      ...(kind === 'authorizations' ? { token: `made-${id}` } : {}),
      ...body,
      ...(kind === 'checks' ? keptCheck(body, id) : {}),
      id,
    };
    this.entries[kind].push(entry);
    return { status: 201, body: entry };
  }
}

/** A real one writes the id of the check into its script, and prints that anew. */
function keptCheck(body: JsonRequest['body'], id: string): { readonly query: unknown } {
  const text = JSON.stringify(body['query']).replace('_check_id: \\"\\"', `_check_id: \\"${id}\\"`);
  return { query: JSON.parse(text) as unknown };
}

function emptyList(kind: Kind, query: URLSearchParams): JsonReply {
  // 2.x answers for a bucket's name that is not there, or hidden, with 404.
  if (kind === 'buckets' && query.has('name')) {
    return { status: 404, body: { code: 'not found', message: `bucket "${query.get('name') ?? ''}" not found` } };
  }
  return { status: 200, body: { [KINDS[kind]]: [] } };
}

function listed(kind: Kind, list: readonly FakeEntry[], query: URLSearchParams): JsonReply {
  const name = query.get('name');
  const id = query.get('id');
  const all = list.filter((entry) => (name === null || entry['name'] === name) && (id === null || entry.id === id));
  const offset = Number(query.get('offset') ?? 0);
  const page = all.slice(offset, offset + Number(query.get('limit') ?? 20));
  return page.length === 0 ? emptyList(kind, query) : { status: 200, body: { [KINDS[kind]]: page } };
}

function found(entry: FakeEntry | undefined): JsonReply {
  return entry === undefined
    ? { status: 404, body: { code: 'not found', message: 'not found' } }
    : { status: 200, body: entry };
}

function refusalOfRetention(entry: FakeEntry, body: JsonRequest['body']): JsonReply | undefined {
  const ruleOf = (from: Readonly<Record<string, unknown>>): Readonly<Record<string, number>> => {
    const rules = from['retentionRules'];
    return Array.isArray(rules) ? ((rules[0] ?? {}) as Record<string, number>) : {};
  };
  const { everySeconds = 0, shardGroupDurationSeconds = ruleOf(entry)['shardGroupDurationSeconds'] ?? 7 * DAY } =
    ruleOf(body);
  if (everySeconds === 0 || shardGroupDurationSeconds <= everySeconds) return undefined;
  const message = 'shard-group duration must also be updated to be smaller than new retention duration';
  return { status: 422, body: { code: 'unprocessable entity', message } };
}
