import type { RealCase } from './case.ts';
import { alerts } from './cases/alerts.ts';
import { dashboards } from './cases/dashboards.ts';
import { databaseGone } from './cases/database-gone.ts';
import { demo } from './cases/demo.ts';
import { doctor } from './cases/doctor.ts';
import { fullDisk } from './cases/full-disk.ts';
import { hanging, killed, updated } from './cases/outages.ts';
import { rate } from './cases/rate.ts';
import { badLine, conflict, tooOld } from './cases/refusals.ts';
import { removal } from './cases/removal.ts';
import { replay } from './cases/replay.ts';
import { setup } from './cases/setup.ts';
import { strict } from './cases/strict.ts';
import { tokens } from './cases/tokens.ts';

/** In the order in which they are tried: what takes minutes comes last. */
export const CASES: readonly RealCase[] = [
  demo,
  killed,
  updated,
  hanging,
  fullDisk,
  databaseGone,
  tokens,
  conflict,
  tooOld,
  badLine,
  rate,
  doctor,
  replay,
  removal,
  strict,
  dashboards,
  setup,
  alerts,
];
