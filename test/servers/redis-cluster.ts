import { freePort } from './free-port.ts';
import { startRedis, type RedisServer } from './redis.ts';

/** A Redis Cluster of masters that share all slots. */
export interface RedisCluster {
  readonly nodes: readonly RedisServer[];
  /** One a node, for `createCluster({ rootNodes })` of node-redis and `new Cluster(...)` of ioredis. */
  readonly addresses: readonly { readonly host: string; readonly port: number; readonly url: string }[];
  stop(): Promise<void>;
}

const SLOT_COUNT = 16_384;
const MASTER_COUNT = 3;
const READY_DEADLINE_MS = 30_000;
const PROBE_EVERY_MS = 25;

/** Starts three masters and joins them. */
export async function startRedisCluster(): Promise<RedisCluster> {
  const started = await Promise.allSettled(Array.from({ length: MASTER_COUNT }, startNode));
  const nodes = started.flatMap((result) => (result.status === 'fulfilled' ? [result.value.node] : []));
  const stop = async (): Promise<void> => {
    await Promise.all(nodes.map((node) => node.stop()));
  };
  try {
    await join(started.map((result) => valueOf(result)));
  } catch (error) {
    await stop();
    throw error;
  }
  return { nodes, addresses: nodes.map(({ host, port, url }) => ({ host, port, url })), stop };
}

interface Node {
  readonly node: RedisServer;
  /** The port by which nodes talk to each other: 10000 above the other by default, which may be taken or beyond 65535. */
  readonly busPort: number;
}

async function startNode(): Promise<Node> {
  const busPort = await freePort();
  const args = ['--cluster-enabled', 'yes', '--cluster-port', String(busPort), '--cluster-node-timeout', '5000'];
  return { node: await startRedis({ args }), busPort };
}

async function join(nodes: readonly Node[]): Promise<void> {
  const [first] = nodes;
  if (first === undefined) throw new Error('expected a node');
  for (const [index, { node, busPort }] of nodes.entries()) {
    const start = Math.floor((SLOT_COUNT * index) / nodes.length);
    const end = Math.floor((SLOT_COUNT * (index + 1)) / nodes.length) - 1;
    // Equal epochs would have to be settled among the nodes first.
    await run(node, 'SET-CONFIG-EPOCH', String(index + 1));
    await run(node, 'ADDSLOTSRANGE', String(start), String(end));
    if (node !== first.node) await run(first.node, 'MEET', node.host, String(node.port), String(busPort));
  }
  const deadline = performance.now() + READY_DEADLINE_MS;
  await untilJoined(nodes, deadline);
}

async function run(node: RedisServer, ...words: readonly string[]): Promise<void> {
  const answer = await node.command('CLUSTER', ...words);
  if (answer !== 'OK') throw new Error(`redis-server: CLUSTER ${words.join(' ')}: ${answer}`);
}

/**
 * While nodes shake hands, a node may be known twice, and get each published message twice, or have no way back yet, and
 * get none. So all of them must know all others by their names, with links both ways, at the same time.
 */
async function untilJoined(nodes: readonly Node[], deadline: number): Promise<void> {
  for (;;) {
    const states = await Promise.all(nodes.map(({ node }) => stateOf(node)));
    if (states.every((state) => isJoined(state, nodes.length))) return;
    if (performance.now() > deadline) {
      throw new Error(`the Redis cluster did not get ready in 30 s:\n${JSON.stringify(states, undefined, 2)}`);
    }
    await new Promise((resolve) => setTimeout(resolve, PROBE_EVERY_MS));
  }
}

interface NodeState {
  readonly info: string;
  readonly nodes: string;
  readonly links: string;
}

async function stateOf(node: RedisServer): Promise<NodeState> {
  return {
    info: await node.command('CLUSTER', 'INFO'),
    nodes: await node.command('CLUSTER', 'NODES'),
    links: await node.command('CLUSTER', 'LINKS'),
  };
}

function isJoined({ info, nodes, links }: NodeState, nodeCount: number): boolean {
  const known = nodes.split('\n').filter((line) => line.includes(' connected'));
  const linkCount = links.match(/\bdirection\b/g)?.length ?? 0;
  return (
    info.includes('cluster_state:ok') &&
    info.includes(`cluster_known_nodes:${String(nodeCount)}`) &&
    known.length === nodeCount &&
    !nodes.includes('handshake') &&
    linkCount === 2 * (nodeCount - 1)
  );
}

function valueOf<Value>(result: PromiseSettledResult<Value>): Value {
  if (result.status === 'fulfilled') return result.value;
  throw result.reason;
}
