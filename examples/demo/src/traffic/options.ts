/** What the demo tells its traffic maker. */
export interface TrafficOptions {
  readonly senderPort: number;
  readonly reportsPort: number;
  readonly redisUrl: string;
  /** HTTP requests a second. */
  readonly rate: number;
  /** WebSockets open at a time. */
  readonly sockets: number;
}

/** The accounts that the traffic is for. */
export const ACCOUNT_IDS: readonly string[] = Array.from(
  { length: 10 },
  (_, index) => `6d071cca-fda5-4a03-84d5-5bea6590${String(index).padStart(4, '0')}`,
);

/** One of a list, over and over. */
export function pick<Item>(items: readonly Item[], index: number): Item {
  const item = items[index % items.length];
  if (item === undefined) throw new Error('nothing to pick from');
  return item;
}
