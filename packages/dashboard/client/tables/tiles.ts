import type { DeliveryState, Health, TableRow } from '../../src/wire/messages.ts';
import { createElement, setText } from '../element.ts';
import { formatCount, formatDuration, formatRate, formatShare, formatWait } from '../format.ts';
import { BAD_SHARE, WARN_SHARE } from './tones.ts';
import { lastSeconds, type View } from '../state/view-state.ts';

/** How much of the end of the window is "now", in seconds. */
const NOW_SECONDS = 10;

type Tone = '' | 'good' | 'warn' | 'bad';

interface TileText {
  readonly figure: string;
  readonly detail: string;
  readonly tone?: Tone;
}

interface TileDefinition {
  readonly id: string;
  readonly title: string;
  readonly read: (view: View) => TileText;
}

const STATE_TEXT: Readonly<Record<DeliveryState, { readonly text: string; readonly tone: Tone }>> = {
  ok: { text: 'Delivering', tone: 'good' },
  waiting: { text: 'Waiting', tone: 'warn' },
  losing: { text: 'Losing points', tone: 'bad' },
  stopped: { text: 'Stopped', tone: 'bad' },
};

const TILES: readonly TileDefinition[] = [
  {
    id: 'requests',
    title: 'Requests',
    read: (view) => ({
      figure: `${formatRate(nowRate(view, 1))}/s`,
      detail: `${formatCount(totalOf(view, 'requests')[1])} in all`,
    }),
  },
  { id: 'failed', title: 'Failed requests', read: readFailed },
  { id: 'execution', title: 'Execution time, p95', read: (view) => readDurations(totalOf(view, 'requests')) },
  { id: 'transport', title: 'Transport time, p95', read: (view) => readDurations(totalOf(view, 'sends')) },
  {
    id: 'redis',
    title: 'Redis messages',
    read: (view) => ({
      figure: `${formatRate(nowRate(view, 6))}/s`,
      detail: `${formatCount(totalOf(view, 'redisMessages')[1])} in all`,
    }),
  },
  {
    id: 'subscription',
    title: 'Subscription errors',
    read: (view) => {
      const count = totalOf(view, 'subscriptionErrors')[1];
      const detail = `${formatCount(nowRate(view, 7) * NOW_SECONDS)} in the last ${String(NOW_SECONDS)} s`;
      return { figure: formatCount(count), detail, tone: count > 0 ? 'warn' : '' };
    },
  },
  { id: 'delivery', title: 'Delivery', read: ({ snapshot: { health } }) => readDelivery(health) },
];

/** The figures above the charts. */
export class Tiles {
  readonly #tiles: readonly {
    readonly definition: TileDefinition;
    readonly element: HTMLElement;
    readonly parts: readonly HTMLElement[];
  }[];

  constructor(host: HTMLElement) {
    this.#tiles = TILES.map((definition) => {
      const parts = [
        createElement('dd', { class: 'figure', text: '–' }),
        createElement('dd', { class: 'detail', text: ' ' }),
      ];
      const element = createElement('div', { class: 'tile', attributes: { 'data-tile': definition.id } });
      element.append(createElement('dt', { text: definition.title }), ...parts);
      host.append(element);
      return { definition, element, parts };
    });
  }

  show(view: View): void {
    for (const { definition, element, parts } of this.#tiles) {
      const { detail, figure, tone = '' } = definition.read(view);
      const [figurePart, detailPart] = parts;
      if (figurePart !== undefined) setText(figurePart, figure);
      if (detailPart !== undefined) setText(detailPart, detail);
      element.dataset['tone'] = tone;
    }
  }
}

function readFailed(view: View): TileText {
  const [, count, failedCount] = totalOf(view, 'requests');
  const share = count === 0 ? 0 : failedCount / count;
  const nowCount = nowRate(view, 1);
  const nowShare = nowCount === 0 ? 0 : nowRate(view, 2) / nowCount;
  const tone = share >= BAD_SHARE ? 'bad' : 'warn';
  return {
    figure: formatShare(share),
    detail: `${formatCount(failedCount)} · now ${formatShare(nowShare)}`,
    tone: share >= WARN_SHARE ? tone : '',
  };
}

function readDurations([, count, , durations]: TableRow): TileText {
  return {
    figure: formatDuration(durations?.[1]),
    detail:
      count === 0
        ? 'nothing measured'
        : `p50 ${formatDuration(durations?.[0])} · p99 ${formatDuration(durations?.[2])}`,
  };
}

function readDelivery(health: Health): TileText {
  const { text, tone } = STATE_TEXT[health.state];
  const waiting = `${formatCount(health.pending)} wait, oldest ${formatWait(health.oldestPendingMs)}`;
  const detail =
    health.state === 'ok' ? `to ${health.destination === 'memory' ? 'memory, no database' : 'InfluxDB'}` : waiting;
  return { figure: text, detail, tone };
}

/** Mean of one of the counts over the last seconds. */
function nowRate(view: View, column: 1 | 2 | 6 | 7): number {
  const rows = lastSeconds(view, NOW_SECONDS);
  return rows.reduce((sum, row) => sum + row[column], 0) / Math.max(rows.length, 1);
}

function totalOf(view: View, key: string): TableRow {
  return view.tables.totals.get(key) ?? [key, 0, 0, null, '', 0];
}
