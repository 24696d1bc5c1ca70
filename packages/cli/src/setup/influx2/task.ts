import type { Task } from '@influxdata/influxdb-client-apis';
import { CommandError } from '../../command-error.ts';
import { endedBy, refusalOf } from '../../database/influx2-client.ts';
import { taskFlux } from '../../downsampling/flux.ts';
import { downsampledBucket, INTERVAL } from '../../downsampling/series.ts';
import { settled, type PlanItem } from '../plan.ts';
import { asked, type Influx2Access } from './access.ts';

/** What the task of a bucket is called. */
export function taskName(bucket: string): string {
  return `influx-monitoring: ${bucket} every ${INTERVAL}`;
}

/** Looks for the task. `undefined` where there is none, or the token may not read it. */
export async function findTask(access: Influx2Access, signal: AbortSignal): Promise<Task | undefined> {
  const name = taskName(access.bucketName);
  const request = { orgID: access.organization.id, name };
  const { tasks = [] } = await asked('tasks', () => access.client.tasks.getTasks(request, endedBy(signal)));
  return tasks.find((task) => task.name === name);
}

/** Plans the task that downsamples: its script, and whether it is on, which only `isActivated` changes. */
export function planTask(access: Influx2Access, task: Task | undefined, isActivated: boolean): PlanItem {
  const { bucketName: bucket, client, organization } = access;
  const name = taskName(bucket);
  const description = `task "${name}"`;
  const flux = taskFlux(name, { bucket, organization: organization.name, target: downsampledBucket(bucket) });
  if (task === undefined) {
    return {
      action: 'make',
      description,
      apply: async (signal) => {
        await makeTask(access, description, flux, signal);
        return undefined;
      },
    };
  }
  const isOff = task.status === 'inactive';
  const caution = isOff && !isActivated ? 'it is inactive, and stays so without --activate' : undefined;
  const isSame = task.flux === flux;
  if (isSame && (!isOff || !isActivated)) return settled(description, caution);
  const body = { ...(isSame ? {} : { flux }), ...(isOff && isActivated ? { status: 'active' as const } : {}) };
  return {
    action: 'change',
    description: isOff && isActivated ? `${description}, activated` : description,
    caution: caution ?? (isSame ? undefined : 'what was changed in its script is replaced'),
    apply: async (signal) => {
      const request = { taskID: task.id, body };
      await asked(`to change ${description}`, () => client.tasks.patchTasksID(request, endedBy(signal)));
      return undefined;
    },
  };
}

/** A task that its maker cannot see would be made once more by the next run: it is taken back. */
async function makeTask(
  { client, organization }: Influx2Access,
  description: string,
  flux: string,
  signal: AbortSignal,
): Promise<void> {
  const body = { orgID: organization.id, flux, status: 'active' as const };
  const { id } = await asked(`to make ${description}`, () => client.tasks.postTasks({ body }, endedBy(signal)));
  try {
    await client.tasks.getTasksID({ taskID: id }, endedBy(signal));
  } catch (error) {
    const { status, reason } = refusalOf(error);
    if (status === 0) throw error;
    await asked(`to take ${description} back`, () => client.tasks.deleteTasksID({ taskID: id }, endedBy(signal)));
    throw new CommandError(
      `${description} was taken back: this token may make tasks and not read them (${reason}), ` +
        'so each run would make another; give it read on tasks',
    );
  }
}
