const WHOLE = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });

/** What stands where nothing was measured. */
export const NOTHING = '–';

const US_PER_MS = 1000;
const US_PER_SECOND = 1_000_000;
const KIB = 1024;

/** A count; those of sampled points are not whole. */
export function formatCount(count: number): string {
  return WHOLE.format(count);
}

/** How many a second: small ones with two decimals. */
export function formatRate(rate: number): string {
  if (rate === 0) return '0';
  if (rate >= 100) return WHOLE.format(rate);
  return rate >= 10 ? rate.toFixed(1) : rate.toFixed(2);
}

/** A share from 0 to 1. What is not nothing is never shown as 0 %, and what is not all never as 100 %. */
export function formatShare(share: number): string {
  const percent = share * 100;
  if (percent === 0) return '0 %';
  if (percent < 0.01) return '< 0.01 %';
  if (percent < 100 && percent > 99.99) return '> 99.99 %';
  return `${percent < 10 || percent > 99.9 ? trimZeros(percent.toFixed(2)) : percent.toFixed(1)} %`;
}

/** Microseconds, to three digits. */
export function formatDuration(durationUs: number | null | undefined): string {
  if (durationUs === null || durationUs === undefined) return NOTHING;
  if (durationUs < US_PER_MS) return `${String(Math.round(durationUs))} µs`;
  if (durationUs < 999.5 * US_PER_MS) return `${threeDigits(durationUs / US_PER_MS)} ms`;
  return `${threeDigits(durationUs / US_PER_SECOND)} s`;
}

/** Milliseconds that something waits: in the unit that a person would say. */
export function formatWait(ms: number): string {
  if (ms < 1000) return `${String(Math.round(ms))} ms`;
  if (ms < 120_000) return `${String(Math.round(ms / 1000))} s`;
  return ms < 7_200_000 ? `${String(Math.round(ms / 60_000))} min` : `${String(Math.round(ms / 3_600_000))} h`;
}

export function formatBytes(bytes: number): string {
  if (bytes < KIB * KIB) return `${String(Math.ceil(bytes / KIB))} KiB`;
  return bytes < KIB ** 3 ? `${threeDigits(bytes / KIB / KIB)} MiB` : `${threeDigits(bytes / KIB ** 3)} GiB`;
}

/** Cores that are kept busy. */
export function formatCores(cores: number): string {
  return `${(cores * 100).toFixed(cores < 0.1 ? 1 : 0)} %`;
}

/** The local time of a second since the epoch: `14:03:09`. */
export function formatTime(second: number): string {
  return second === 0 ? NOTHING : new Date(second * 1000).toLocaleTimeString('en-GB');
}

/** The same with its milliseconds. */
export function formatExactTime(second: number): string {
  const ms = Math.round((second % 1) * 1000);
  return `${formatTime(Math.floor(second))}.${String(ms).padStart(3, '0')}`;
}

/** The same with its zone: `14:03:09 UTC+1`. */
export function formatZonedTime(second: number): string {
  return second === 0 ? NOTHING : `${formatTime(second)} ${zoneOf(second)}`;
}

/** The zone of this device at a second: `UTC`, `UTC+1`. */
export function zoneOf(second: number): string {
  const minutes = -new Date(second * 1000).getTimezoneOffset();
  if (minutes === 0) return 'UTC';
  const rest = Math.abs(minutes) % 60;
  const hours = Math.floor(Math.abs(minutes) / 60);
  return `UTC${minutes < 0 ? '−' : '+'}${String(hours)}${rest === 0 ? '' : `:${String(rest).padStart(2, '0')}`}`;
}

function threeDigits(value: number): string {
  if (value >= 99.95) return WHOLE.format(value);
  return value >= 9.995 ? value.toFixed(1) : value.toFixed(2);
}

function trimZeros(text: string): string {
  return text.replace(/\.?0+$/, '');
}
