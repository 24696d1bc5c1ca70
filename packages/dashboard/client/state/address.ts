import { defaultOrder, TABLE_COLUMNS, type TableOrder } from '../../src/wire/table-columns.ts';
import type { WindowMinutes } from '../../src/wire/messages.ts';

/** What of the page is in its address, so that a view can be shared. */
export interface Address {
  readonly minutes: WindowMinutes;
  /** The moment at which the page is paused. */
  readonly at: number | undefined;
  /** Lines of the charts that are not shown. */
  readonly hidden: ReadonlySet<string>;
  /** Order and search of the routes. */
  readonly order: TableOrder;
}

export function readAddress(search: string, seriesIds: readonly string[]): Address {
  const query = new URLSearchParams(search);
  const first = defaultOrder('routes');
  const at = query.get('at') ?? '';
  const series = query.get('series')?.split(',');
  const direction = query.get('direction');
  return {
    minutes: query.get('window') === '5' ? 5 : 15,
    at: /^\d{1,11}$/.test(at) ? Number(at) : undefined,
    hidden: new Set(series === undefined ? [] : seriesIds.filter((id) => !series.includes(id))),
    order: {
      column: TABLE_COLUMNS.routes.find((column) => column === query.get('sort')) ?? first.column,
      isDescending: direction === null ? first.isDescending : direction !== 'ascending',
      search: query.get('search') ?? '',
    },
  };
}

/** The address of a view; what is as it is at first is left out. */
export function writeAddress(address: Address, seriesIds: readonly string[]): string {
  const query = orderQuery(address.order);
  query.set('window', String(address.minutes));
  if (address.at !== undefined) query.set('at', String(address.at));
  if (address.hidden.size > 0) query.set('series', seriesIds.filter((id) => !address.hidden.has(id)).join(','));
  return `?${query.toString()}`;
}

/** The part of an address, of the page or of an export, that says which rows and in which order. */
export function orderQuery(order: TableOrder): URLSearchParams {
  const query = new URLSearchParams();
  query.set('sort', order.column);
  query.set('direction', order.isDescending ? 'descending' : 'ascending');
  if (order.search !== '') query.set('search', order.search);
  return query;
}
