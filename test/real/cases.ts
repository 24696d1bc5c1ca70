import type { RealCase } from './case.ts';
import { alerts } from './cases/command/alerts.ts';
import { dashboards } from './cases/command/dashboards.ts';
import { databaseGone } from './cases/delivery/database-gone.ts';
import { demo } from './cases/delivery/demo.ts';
import { doctor } from './cases/command/doctor.ts';
import { fullDisk } from './cases/delivery/full-disk.ts';
import { hanging, killed, updated } from './cases/delivery/outages.ts';
import { rate } from './cases/delivery/rate.ts';
import { badLine, conflict, tooOld } from './cases/delivery/refusals.ts';
import { removal } from './cases/command/removal.ts';
import { replay } from './cases/command/replay.ts';
import { rights } from './cases/command/rights.ts';
import { setup } from './cases/command/setup.ts';
import { strict } from './cases/delivery/strict.ts';
import { tokens } from './cases/delivery/tokens.ts';

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
  rights,
  setup,
  alerts,
];
