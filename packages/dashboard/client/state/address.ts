import { DETAIL_SUBJECTS, type DetailSubject } from '../../src/wire/detail.ts';
import type { WindowMinutes } from '../../src/wire/messages.ts';
import { defaultOrder, TABLE_COLUMNS, type TableOrder } from '../../src/wire/table-columns.ts';

/** What of the page is in its address, so that a view can be shared. */
export interface Address {
  readonly minutes: WindowMinutes;
  /** The moment at which the page is paused. */
  readonly at: number | undefined;
  /** Where the part of the window begins that the page shows; only where it is paused. */
  readonly from: number | undefined;
  /** Lines of the charts that are not shown. */
  readonly hidden: ReadonlySet<string>;
  /** Order and search of the routes. */
  readonly order: TableOrder;
  /** True where also what is not used has its panel. */
  readonly hasAllPanels: boolean;
}

/** What the drawer shows; it is the part of the address after `#`. */
export interface DrawerAddress {
  readonly subject: DetailSubject;
  readonly key: string;
}

/** Reads what stands after the question mark; what is no such thing is as at first. */
export function readAddress(search: string, seriesIds: readonly string[]): Address {
  const query = new URLSearchParams(search);
  const first = defaultOrder('routes');
  const series = query.get('series')?.split(',');
  const direction = query.get('direction');
  const at = readSecond(query.get('at'));
  const from = readSecond(query.get('from'));
  return {
    minutes: query.get('window') === '5' ? 5 : 15,
    at,
    from: at !== undefined && from !== undefined && from < at ? from : undefined,
    hidden: new Set(series === undefined ? [] : seriesIds.filter((id) => !series.includes(id))),
    order: {
      column: TABLE_COLUMNS.routes.find((column) => column === query.get('sort')) ?? first.column,
      isDescending: direction === null ? first.isDescending : direction !== 'ascending',
      search: query.get('search') ?? '',
    },
    hasAllPanels: query.get('panels') === 'all',
  };
}

/** The address of a view; what is as it is at first is left out. */
export function writeAddress(address: Address, seriesIds: readonly string[]): string {
  const query = orderQuery(address.order);
  for (const [name, value] of spanQuery(address)) query.set(name, value);
  if (address.hidden.size > 0) query.set('series', seriesIds.filter((id) => !address.hidden.has(id)).join(','));
  if (address.hasAllPanels) query.set('panels', 'all');
  return `?${query.toString()}`;
}

/** The part of an address, of the page or of what it asks for, that says which time. */
export function spanQuery({ at, from, minutes }: Pick<Address, 'at' | 'from' | 'minutes'>): URLSearchParams {
  const query = new URLSearchParams({ window: String(minutes) });
  if (at !== undefined) query.set('at', String(at));
  if (from !== undefined) query.set('from', String(from));
  return query;
}

/** The part of an address, of the page or of an export, that says which rows and in which order. */
export function orderQuery(order: TableOrder): URLSearchParams {
  const query = new URLSearchParams();
  query.set('sort', order.column);
  query.set('direction', order.isDescending ? 'descending' : 'ascending');
  if (order.search !== '') query.set('search', order.search);
  return query;
}

/** Reads what stands after the hash; `undefined` where the drawer is closed. */
export function readDrawerAddress(hash: string): DrawerAddress | undefined {
  const query = new URLSearchParams(hash.replace(/^#/, ''));
  const subject = DETAIL_SUBJECTS.find((name) => name === query.get('of'));
  return subject === undefined ? undefined : { subject, key: query.get('key') ?? '' };
}

/** What stands after the hash where the drawer shows something. */
export function writeDrawerAddress({ key, subject }: DrawerAddress): string {
  return `#${new URLSearchParams(key === '' ? { of: subject } : { of: subject, key }).toString()}`;
}

function readSecond(text: string | null): number | undefined {
  return text !== null && /^\d{1,11}$/.test(text) ? Number(text) : undefined;
}
