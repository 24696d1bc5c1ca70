import { quoted } from '../../database/influx1-questions.ts';
import { settled, type PlanItem } from '../plan.ts';
import type { Influx1Database } from '../../database/influx1-database.ts';

/** Plans the right to write of the service's user; nothing where InfluxDB asks nobody for a user. */
export async function planGrant(database: Influx1Database, user: string, signal: AbortSignal): Promise<PlanItem[]> {
  const statement = `GRANT WRITE ON ${quoted(database.name)} TO ${quoted(user)}`;
  const users = await database.rows('SHOW USERS', signal);
  const found = users.find(([name]) => name === user);
  if (users.length === 0) return [];
  const description = `user "${user}" may write`;
  if (found === undefined) {
    const caution = `there is no such user: CREATE USER ${quoted(user)} WITH PASSWORD '…', then ${statement}`;
    return [settled(`no user "${user}"`, caution)];
  }
  if (found[1] === true) return [settled(description, 'as an administrator')];
  const grants = await database.rows(`SHOW GRANTS FOR ${quoted(user)}`, signal);
  const may = grants.some(([name, right]) => name === database.name && /^(?:write|all)/i.test(String(right)));
  if (may) return [settled(description)];
  // A right to read that is there stays: one grant replaces the other.
  const mayRead = grants.some(([name, right]) => name === database.name && /^read/i.test(String(right)));
  const whole = mayRead ? statement.replace('GRANT WRITE', 'GRANT ALL') : statement;
  return [{ action: 'change', description: `${description} (${whole})`, apply: (until) => database.run(whole, until) }];
}
