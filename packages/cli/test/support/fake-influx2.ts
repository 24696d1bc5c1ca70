import { startJsonServer, type JsonReply, type JsonRequest } from './json-server.ts';

interface FakeBucket {
  readonly id: string;
  readonly name: string;
  retentionRules: unknown;
}

interface FakeTask {
  readonly id: string;
  readonly name: string;
  flux: string;
}

/**
 * The API of InfluxDB 2.x for organizations, buckets and tasks, as its documentation has it: no real 2.x can be
 * installed where the tests run.
 */
export class FakeInflux2 {
  readonly buckets: FakeBucket[] = [];
  readonly tasks: FakeTask[] = [];
  readonly changes: string[] = [];
  url = '';

  static async start(): Promise<FakeInflux2> {
    const fake = new FakeInflux2();
    fake.url = await startJsonServer((request) => fake.#answer(request));
    return fake;
  }

  #answer(request: JsonRequest): JsonReply {
    const { authorization, method, path, query } = request;
    if (authorization === 'Token service' && method !== 'GET') return { status: 403, body: { message: 'forbidden' } };
    if (authorization !== 'Token admin' && authorization !== 'Token service') {
      return { status: 401, body: { code: 'unauthorized', message: 'unauthorized access' } };
    }
    if (method !== 'GET') this.changes.push(`${method} ${path}`);
    if (path === '/api/v2/orgs') {
      const isThere = query.get('org') === 'luna';
      if (!isThere) return { status: 404, body: { message: 'organization not found' } };
      return { status: 200, body: { orgs: [{ id: 'o1', name: 'luna' }] } };
    }
    if (path.startsWith('/api/v2/buckets')) return this.#answerBuckets(request);
    if (path.startsWith('/api/v2/tasks')) return this.#answerTasks(request);
    return { status: 404, body: { message: 'path not found' } };
  }

  #answerBuckets({ method, path, query, body }: JsonRequest): JsonReply {
    const named = this.buckets.filter(({ name }) => name === query.get('name'));
    if (method === 'GET') {
      // 2.x answers a name that is not there with 404.
      if (named.length === 0) return { status: 404, body: { code: 'not found', message: 'bucket not found' } };
      return { status: 200, body: { buckets: named } };
    }
    if (method === 'POST') {
      const bucket = { id: `b${String(this.buckets.length)}`, name: String(body['name']), ...rulesOf(body) };
      this.buckets.push(bucket);
      return { status: 201, body: bucket };
    }
    const bucket = this.buckets.find(({ id }) => path.endsWith(`/${id}`));
    if (bucket === undefined) return { status: 404, body: { message: 'bucket not found' } };
    bucket.retentionRules = rulesOf(body).retentionRules;
    return { status: 200, body: bucket };
  }

  #answerTasks({ method, path, query, body }: JsonRequest): JsonReply {
    if (method === 'GET') {
      return { status: 200, body: { tasks: this.tasks.filter(({ name }) => name === query.get('name')) } };
    }
    const flux = String(body['flux']);
    if (method === 'POST') {
      const name = /option task = \{name: "([^"]*)"/.exec(flux)?.[1] ?? '';
      this.tasks.push({ id: `t${String(this.tasks.length)}`, name, flux });
      return { status: 201, body: this.tasks.at(-1) };
    }
    const task = this.tasks.find(({ id }) => path.endsWith(`/${id}`));
    if (task === undefined) return { status: 404, body: { message: 'task not found' } };
    task.flux = flux;
    return { status: 200, body: task };
  }
}

function rulesOf(body: JsonRequest['body']): { retentionRules: unknown } {
  return { retentionRules: body['retentionRules'] };
}
