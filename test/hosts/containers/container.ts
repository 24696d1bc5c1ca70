import { chmodSync, chownSync, mkdirSync, readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { freePort } from '@influx-monitoring/test-servers';
import { startProgram, type StartedProgram } from '../program.ts';
import type { Deployment } from './deployment.ts';

/** How a container differs from what the Deployment says. */
export interface ContainerOptions {
  readonly deployment: Deployment;
  /** The project, in place of the image. */
  readonly project: string;
  /** A folder that is the volume. */
  readonly volume: string;
  /** On top of the Deployment's. */
  readonly env: Readonly<Record<string, string>>;
  readonly command?: readonly string[];
  readonly deadlineMs?: number;
}

/**
 * Makes a root of its own, in which all but the volume is read-only, and runs a command in it as a user that has no
 * name, no home and no rights.
 *
 * Parameters: an empty folder, the project, the volume, its place, the numbers of user and group, Node's program, the command.
 */
const SCRIPT = `
set -eu
root=$1 project=$2 volume=$3 place=$4 user=$5 group=$6 node=$7
shift 7
mount -t tmpfs tmpfs "$root"
mkdir "$root/app" "$root$place" "$root/node" "$root/proc" "$root/tmp"
for each in bin dev etc lib lib64 sbin usr; do
  if [ -L "/$each" ]; then cp -P "/$each" "$root/$each"
  elif [ -d "/$each" ]; then
    mkdir "$root/$each"
    mount --rbind "/$each" "$root/$each"
    mount -o remount,bind,ro "$root/$each"
  fi
done
touch "$root/node/node"
mount --bind "$node" "$root/node/node"
mount --bind "$project" "$root/app"
mount -o remount,bind,ro "$root/app"
mount --bind "$volume" "$root$place"
mount -t proc proc "$root/proc"
mount -o remount,ro "$root"
exec chroot "$root" setpriv --reuid "$user" --regid "$group" --clear-groups --no-new-privs --inh-caps=-all \\
  --bounding-set=-all env --chdir=/app --unset=HOME PATH=/node:/usr/bin:/bin "$@"
`;

const UNSHARE = ['unshare', '--mount', '--pid', '--fork'] as const;
const READY_WITHIN_MS = 60_000;
const ASKED_EVERY_MS = 50;

/** A service that runs as in a container, by Linux's namespaces: its own processes and mounts, and the host's network. */
export class Container implements AsyncDisposable {
  readonly url: string;
  readonly #program: StartedProgram;

  private constructor(program: StartedProgram, url: string) {
    this.#program = program;
    this.url = url;
  }

  /** Starts the server, and returns once its probe is answered. */
  static async start(options: ContainerOptions): Promise<Container> {
    const port = await freePort();
    const env = { ...options.env, PORT: String(port) };
    const container = new Container(startInContainer({ ...options, env }), `http://127.0.0.1:${String(port)}`);
    const deadlineMs = performance.now() + READY_WITHIN_MS;
    while (!(await isAnswered(container.url + options.deployment.probePath))) {
      if (container.#program.child.exitCode !== null || performance.now() > deadlineMs) {
        throw new Error(`a container did not start: ${container.printed()}`);
      }
      await wait(ASKED_EVERY_MS);
    }
    return container;
  }

  /** Rejects unless it ends by itself with 0. */
  get ended(): Promise<string> {
    return this.#program.ended;
  }

  printed(): string {
    return this.#program.printed();
  }

  /** The host's number of the process that is 1 within, and those of its children. */
  get pid(): number {
    const [pid] = childrenOf(this.#program.child.pid ?? 0);
    if (pid === undefined) throw new Error(`a container has ended: ${this.printed()}`);
    return pid;
  }

  get childPids(): readonly number[] {
    return childrenOf(this.pid);
  }

  /** As a runtime does it: to the first process alone. */
  signal(signal: NodeJS.Signals): void {
    process.kill(this.pid, signal);
  }

  /** The most memory that it has had, in MiB. */
  get peakMemoryMiB(): number {
    const status = readFileSync(`/proc/${String(this.pid)}/status`, 'utf8');
    return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // The kernel ends all processes of a container with its first one; `unshare` ends after it.
    const [pid] = childrenOf(this.#program.child.pid ?? 0);
    if (pid !== undefined) process.kill(pid, 'SIGKILL');
    await this.#program.ended.catch(() => undefined);
  }
}

/** Runs a command as the Deployment does, and returns what it printed. */
export function startInContainer({
  deployment,
  project,
  volume,
  env,
  command,
  deadlineMs,
}: ContainerOptions): StartedProgram {
  const { groupId, mountPath, userId } = deployment;
  const root = `${volume}-root`;
  mkdirSync(root, { recursive: true });
  // As Kubernetes makes an emptyDir with fsGroup.
  mkdirSync(volume, { recursive: true });
  chownSync(volume, 0, groupId);
  chmodSync(volume, 0o2777);
  return startProgram(
    [
      ...UNSHARE,
      ...['/bin/sh', '-c', SCRIPT, 'container', root, project],
      ...[volume, mountPath, String(userId), String(groupId), process.execPath, ...(command ?? deployment.command)],
    ],
    { cwd: project, env: { ...deployment.env, ...env }, ...(deadlineMs !== undefined && { deadlineMs }) },
  );
}

async function isAnswered(url: string): Promise<boolean> {
  try {
    return (await fetch(url)).ok;
  } catch {
    return false;
  }
}

/** Those of the main thread, which is all that `unshare` and Node have; none where the process has ended. */
function childrenOf(pid: number): number[] {
  try {
    const text = readFileSync(`/proc/${String(pid)}/task/${String(pid)}/children`, 'utf8');
    return text.split(' ').filter(Boolean).map(Number);
  } catch {
    return [];
  }
}
