/** How a figure looks: as any other, or called out. */
export type Tone = '' | 'good' | 'warn' | 'bad';

/** Share of failed requests from which on it is worth a look. */
export const WARN_SHARE = 0.01;

/** Share of failed requests from which on it is bad. */
export const BAD_SHARE = 0.05;

const FIRST_SERVER_ERROR = 500;
const FIRST_FAILURE = 400;

/** What fails seldom is not called out. */
export function shareTone(failedCount: number, count: number): Tone {
  const share = count === 0 ? 0 : failedCount / count;
  if (share >= BAD_SHARE) return 'bad';
  return share >= WARN_SHARE ? 'warn' : '';
}

export function statusTone(status: string): Tone {
  if (Number(status) >= FIRST_SERVER_ERROR) return 'bad';
  return Number(status) >= FIRST_FAILURE ? 'warn' : '';
}
