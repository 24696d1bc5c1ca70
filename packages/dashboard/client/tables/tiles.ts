import type { Health, ProcessRow, SecondRow, TableRow } from '../../src/wire/messages.ts';
import { createElement, setText } from '../element.ts';
import {
  formatBytes,
  formatCores,
  formatCount,
  formatDuration,
  formatRate,
  formatShare,
  formatWait,
  NOTHING,
} from '../format.ts';
import { healthTextOf } from '../state/health-texts.ts';
import type { Usage } from '../state/usage.ts';
import { lastSeconds, totalOf, type View } from '../state/view-state.ts';
import { shareTone, type Tone } from '../state/tones.ts';

/** How much of the end of the window is "now", in seconds. */
const NOW_SECONDS = 10;

const MS_US = 1000;
const SLOW_LOOP_US = 50 * MS_US;
const STUCK_LOOP_US = 200 * MS_US;

interface TileText {
  readonly figure: string;
  readonly detail: string;
  readonly tone?: Tone;
}

interface TileDefinition {
  readonly id: string;
  readonly title: string;
  readonly needs?: keyof Usage;
  /** True where it opens the drawer. */
  readonly isButton?: boolean;
  readonly read: (view: View) => TileText;
}

const TILES: readonly TileDefinition[] = [
  {
    id: 'requests',
    title: 'Requests',
    read: (view) => ({
      figure: nowRateText(view, 1, 'requests'),
      detail: `${formatCount(totalOf(view, 'requests')[1])} in all`,
    }),
  },
  { id: 'failed', title: 'Failed requests', isButton: true, read: readFailed },
  { id: 'execution', title: 'Execution time, p95', read: (view) => readDurations(totalOf(view, 'requests')) },
  {
    id: 'transport',
    title: 'Transport time, p95',
    needs: 'sends',
    read: (view) => readDurations(totalOf(view, 'sends')),
  },
  {
    id: 'redis',
    title: 'Redis messages',
    needs: 'messages',
    read: (view) => ({
      figure: nowRateText(view, 6, 'redis_message'),
      detail: `${formatCount(totalOf(view, 'redisMessages')[1])} in all`,
    }),
  },
  {
    id: 'subscription',
    title: 'Subscription errors',
    needs: 'messages',
    read: (view) => {
      const count = totalOf(view, 'subscriptionErrors')[1];
      const detail = `${formatCount(sumOf(lastSeconds(view, NOW_SECONDS), 7))} in the last ${String(NOW_SECONDS)} s`;
      return { figure: formatCount(count), detail, tone: count > 0 ? 'warn' : '' };
    },
  },
  { id: 'delivery', title: 'Delivery', read: ({ snapshot: { health } }) => readDelivery(health) },
  {
    id: 'cpu',
    title: 'CPU, of one core',
    read: (view) => readProcess(view, (rows) => [formatCores(meanOf(rows, 1)), `most ${formatCores(mostOf(rows, 1))}`]),
  },
  {
    id: 'memory',
    title: 'Memory, RSS',
    read: (view) => readProcess(view, ([last]) => [formatBytes(last[3]), `heap ${formatBytes(last[2])}`]),
  },
  {
    id: 'loop',
    title: 'Event loop, p99',
    read: (view) =>
      readProcess(view, (rows) => {
        const delayUs = mostOf(rows, 4);
        const tone = delayUs >= SLOW_LOOP_US ? 'warn' : '';
        return [formatDuration(delayUs), `worst of ${String(NOW_SECONDS)} s`, delayUs >= STUCK_LOOP_US ? 'bad' : tone];
      }),
  },
  {
    id: 'in-flight',
    title: 'Requests in flight',
    read: (view) => readProcess(view, (rows) => [formatCount(rows[0][5]), `most ${formatCount(mostOf(rows, 5))}`]),
  },
];

/** How far what is shown can be believed. */
export interface Certainty {
  /** False where the connection broke: what was is not what is, so nothing is called good or bad. */
  readonly isKnown: boolean;
  /** True where monitoring was stopped: so much is known. */
  readonly isStopped: boolean;
}

/** The figures above the charts. */
export class Tiles {
  readonly #tiles: readonly {
    readonly definition: TileDefinition;
    readonly element: HTMLElement;
    readonly parts: readonly HTMLElement[];
  }[];

  /** @param onOpen - called where somebody wants to see what failed */
  constructor(host: HTMLElement, onOpen: () => void) {
    this.#tiles = TILES.map((definition) => {
      const parts = [
        createElement('dd', { class: 'figure', text: NOTHING }),
        createElement('dd', { class: 'detail', text: ' ' }),
      ];
      const element = createElement('div', { class: 'tile', attributes: { 'data-tile': definition.id } });
      element.append(createTitle(definition, onOpen), ...parts);
      element.hidden = definition.needs !== undefined;
      host.append(element);
      return { definition, element, parts };
    });
  }

  show(view: View, usage: Usage, { isKnown, isStopped }: Certainty): void {
    for (const { definition, element, parts } of this.#tiles) {
      element.hidden = definition.needs !== undefined && !usage[definition.needs];
      const { detail, figure, tone = '' } = definition.read(view);
      const isOfDelivery = definition.id === 'delivery';
      const isTold = isKnown || (isOfDelivery && isStopped);
      const isUnknown = isOfDelivery && !isTold;
      const [figurePart, detailPart] = parts;
      if (figurePart !== undefined) setText(figurePart, isUnknown ? 'Unknown' : figure);
      if (detailPart !== undefined) setText(detailPart, isUnknown ? 'no connection' : detail);
      element.dataset['tone'] = isTold ? tone : '';
    }
  }
}

function createTitle({ isButton, title }: TileDefinition, onOpen: () => void): HTMLElement {
  if (isButton !== true) return createElement('dt', { text: title });
  const button = createElement('button', { text: title, attributes: { type: 'button', 'aria-haspopup': 'dialog' } });
  button.addEventListener('click', onOpen);
  return createElement('dt', {}, button);
}

/** How much failed, and of which kind: what a scanner asks for in vain is no fault of the service. */
function readFailed(view: View): TileText {
  const [, count, failedCount] = totalOf(view, 'requests');
  const rows = [...view.seconds.values()];
  const clientErrors = sumOf(rows, 9);
  const serverErrors = sumOf(rows, 10);
  const unfinished = sumOf(rows, 11);
  const ownTone = shareTone(serverErrors, count);
  return {
    figure: formatShare(count === 0 ? 0 : failedCount / count),
    detail: `5xx ${formatCount(serverErrors)} · 4xx ${formatCount(clientErrors)} · 499 ${formatCount(unfinished)}`,
    tone: ownTone === '' && shareTone(failedCount, count) !== '' ? 'warn' : ownTone,
  };
}

function readDurations([, count, , durations]: TableRow): TileText {
  const detail =
    count === 0 ? 'nothing measured' : `p50 ${formatDuration(durations?.[0])} · p99 ${formatDuration(durations?.[2])}`;
  return { figure: formatDuration(durations?.[1]), detail };
}

function readDelivery(health: Health): TileText {
  const { sign, tone, word } = healthTextOf(health);
  const waiting = `${formatCount(health.pending)} wait, oldest ${formatWait(health.oldestPendingMs)}`;
  const detail =
    health.state === 'ok' ? `to ${health.destination === 'memory' ? 'memory, no database' : 'InfluxDB'}` : waiting;
  return { figure: `${sign} ${word}`, detail, tone };
}

type ProcessRows = readonly [ProcessRow, ...ProcessRow[]];

/** What the process used of late, newest first; nothing where nobody looked. */
function readProcess(
  { process, snapshot }: View,
  read: (rows: ProcessRows) => readonly [figure: string, detail: string, tone?: Tone],
): TileText {
  const rows = [...process.values()].filter(([second]) => second >= snapshot.to - NOW_SECONDS).reverse();
  const [first, ...others] = rows;
  if (first === undefined) return { figure: NOTHING, detail: 'not looked at' };
  const [figure, detail, tone = ''] = read([first, ...others]);
  return { figure, detail, tone };
}

function meanOf(rows: ProcessRows, column: 1): number {
  return rows.reduce((sum, row) => sum + row[column], 0) / rows.length;
}

function mostOf(rows: ProcessRows, column: 1 | 4 | 5): number {
  return Math.max(...rows.map((row) => row[column] ?? 0));
}

/** Mean of one of the counts over the last seconds; of a folded series before its first period is over, nothing. */
function nowRateText(view: View, column: 1 | 6, series: string): string {
  const rows = lastSeconds(view, NOW_SECONDS, series);
  return rows.length === 0 ? NOTHING : `${formatRate(sumOf(rows, column) / rows.length)}/s`;
}

function sumOf(rows: readonly SecondRow[], column: 1 | 6 | 7 | 9 | 10 | 11): number {
  return rows.reduce((sum, row) => sum + row[column], 0);
}
