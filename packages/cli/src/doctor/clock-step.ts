import type { HttpAnswer } from '../database/http.ts';
import { fail, ok, warn, type Finding } from './finding.ts';

/** The header has whole seconds. */
const HEADER_RESOLUTION_MS = 1000;
const WARN_FROM_MS = 2000;
const FAIL_FROM_MS = 30_000;

/** Compares this machine's clock with the server's, by the header Date of an answer. */
export function compareClocks({ headers, sentAtMs, answeredAtMs }: HttpAnswer): Finding {
  const serverMs = headers.date === undefined ? NaN : Date.parse(headers.date);
  if (Number.isNaN(serverMs)) return warn('the server does not tell its time', 'Compare the clocks by hand.');
  const leadMs = clockLeadMs(serverMs, sentAtMs, answeredAtMs);
  const size = `${(Math.abs(leadMs) / 1000).toFixed(1)} s`;
  const message = `this machine's clock is ${size} ${leadMs > 0 ? 'ahead of' : 'behind'} the server's`;
  const advice =
    'Set both by NTP (chrony, systemd-timesyncd): points get their time here, and dashboards ask by the time there.';
  if (Math.abs(leadMs) >= FAIL_FROM_MS) return fail(message, advice);
  if (Math.abs(leadMs) >= WARN_FROM_MS) return warn(message, advice);
  return ok('both clocks agree within two seconds');
}

/**
 * By how much this machine's clock is surely ahead, in milliseconds; below 0 where it is behind, and 0 where the answer
 * could have been made at the same time here and there.
 */
function clockLeadMs(serverMs: number, sentAtMs: number, answeredAtMs: number): number {
  if (sentAtMs > serverMs + HEADER_RESOLUTION_MS) return sentAtMs - serverMs - HEADER_RESOLUTION_MS;
  return Math.min(0, answeredAtMs - serverMs);
}
