import type { FoldedSpan, Health, HealthState } from '../../src/wire/messages.ts';
import { formatZonedTime } from '../format.ts';
import type { Tone } from './tones.ts';

/** How a state of delivery is told. */
export interface HealthText {
  readonly word: string;
  readonly tone: Tone;
  /** A sign of its own, so that states differ without colours. */
  readonly sign: string;
  /** What it means, and what to do. */
  readonly advice: string;
}

const TEXTS: Readonly<Record<HealthState, HealthText>> = {
  ok: { word: 'OK', tone: 'good', sign: '●', advice: 'Points reach InfluxDB. Nothing to do.' },
  waiting: {
    word: 'Waiting',
    tone: 'warn',
    sign: '◔',
    advice:
      'The database does not take points just now. They are kept and sent again by themselves: nothing to do, unless it lasts.',
  },
  'needs-operator': {
    word: 'Needs operator',
    tone: 'bad',
    sign: '▲',
    advice:
      'The database answers and says no, and trying again will not help. Correct the token, the rights, the name of the bucket or database, or the address: "influx-monitoring doctor" tells which. Points are kept until then.',
  },
  losing: {
    word: 'Losing',
    tone: 'bad',
    sign: '▼',
    advice:
      'Points are dropped or refused now. If the database is away: get it back, or give delivery a spool or more memory. If it refuses them: the reason says why, and the dead letters hold them.',
  },
  stopped: {
    word: 'Stopped',
    tone: 'bad',
    sign: '■',
    advice:
      'stop() was called: nothing is recorded any more, and what you see is of before. Start the service anew; the page connects again by itself.',
  },
};

/** What is said of a state. */
export function healthTextOf({ destination, state }: Pick<Health, 'destination' | 'state'>): HealthText {
  const text = TEXTS[state];
  if (state !== 'ok' || destination === 'InfluxDB') return text;
  return { ...text, advice: 'Points stay in the memory of this process, since no database is configured.' };
}

/** The whole of it in a sentence or two, for the banner. */
export function healthSentence(health: Health): string {
  const { advice, word } = healthTextOf(health);
  const reason = health.reason === null ? '' : ` (${health.reason})`;
  return `${word} since ${formatZonedTime(health.since)}${reason}. ${advice}`;
}

/** What it means that tags had too many values; nothing where none had. */
export function overflowSentence({
  overflowedTagCount,
  overflowedTags,
}: Pick<Health, 'overflowedTagCount' | 'overflowedTags'>): string {
  if (overflowedTagCount === 0) return '';
  const more = overflowedTagCount - overflowedTags.length;
  const names = `${overflowedTags.join(', ')}${more > 0 ? ` and ${String(more)} more` : ''}`;
  return (
    `Too many values of tags: ${names}. New values are recorded as “other” until the service restarts. ` +
    'Look for ids in the tag; raise maxTagValues, or set tagBuckets for it.'
  );
}

/** How figures of folded series are to be read; nothing where none is. */
export function foldedSentence(folded: Pick<FoldedSpan, 'periodSeconds' | 'series'> | null): string {
  if (folded === null) return '';
  const seconds = String(folded.periodSeconds);
  return (
    `Folded (aggregate): ${folded.series.join(', ')}. Figures come every ${seconds} s and are spread evenly over these; ` +
    'counts are exact, percentiles of several summaries estimates. Single events are listed if they failed or were slow.'
  );
}
