const WHOLE = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const NOTHING = '–';

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
  return bytes < KIB * KIB ? `${String(Math.ceil(bytes / KIB))} KiB` : `${(bytes / KIB / KIB).toFixed(1)} MiB`;
}

/** The local time of a second since the epoch: `14:03:09`. */
export function formatTime(second: number): string {
  return second === 0 ? NOTHING : new Date(second * 1000).toLocaleTimeString('en-GB');
}

function threeDigits(value: number): string {
  if (value >= 99.95) return WHOLE.format(value);
  return value >= 9.995 ? value.toFixed(1) : value.toFixed(2);
}

function trimZeros(text: string): string {
  return text.replace(/\.?0+$/, '');
}
