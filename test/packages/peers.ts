import type { Manifest } from './packages.ts';

/** The peers of one fresh project. */
export type PeerSet = Readonly<Record<string, string>>;

/** What only declares types is installed in the newest version alone, for the compilers. */
const TYPES_ONLY = ['@types/express', '@types/ws'];

/** The newest version of everything: what all consumers but the older peers run with. */
export const NEWEST_PEERS: PeerSet = { express: '5.3.0', ioredis: '6.0.0', redis: '6.3.1', ws: '8.23.0' };

/** With those of `NEWEST_PEERS` they are both ends of each part of each range. A name left out has its newest. */
const FURTHER_PEERS: readonly PeerSet[] = [
  { express: '4.18.0', ioredis: '5.0.0', redis: '4.6.0', ws: '8.0.0' },
  { express: '4.22.3', ioredis: '5.11.1', redis: '4.7.1' },
  { express: '5.0.0', redis: '5.0.0' },
  { redis: '5.12.1' },
  { redis: '6.0.0' },
];

/** Every project that the ends of the ranges need, the newest last. */
export const PEER_SETS: readonly PeerSet[] = [
  ...FURTHER_PEERS.map((set) => ({ ...NEWEST_PEERS, ...set })),
  NEWEST_PEERS,
];

/** Says which lowest versions that the packages promise are in none of the projects. */
export function uncoveredEnds(manifests: readonly Manifest[]): string[] {
  return manifests.flatMap(({ name, peerDependencies = {} }) =>
    Object.entries(peerDependencies)
      .filter(([peer]) => !TYPES_ONLY.includes(peer))
      .flatMap(([peer, range]) => lowestOf(range).map((lowest) => ({ name, peer, range, lowest })))
      .filter(({ peer, lowest }) => !PEER_SETS.some((set) => set[peer] === lowest))
      .map(({ name, peer, range, lowest }) => `${name} says ${peer}@${range}, and ${lowest} is not tried`),
  );
}

/** The lowest version of each part of `^4 || >=5.1 <7`. What is too new for a range npm refuses to install. */
function lowestOf(range: string): string[] {
  return range.split('||').map((part) => {
    const numbers = /^(?:\^|>=)([\d.]+)/.exec(part.trim())?.[1]?.split('.');
    if (numbers === undefined) throw new Error(`expected ^ or >= in front of each part of a peer range, got ${range}`);
    return [...numbers, '0', '0'].slice(0, 3).join('.');
  });
}
