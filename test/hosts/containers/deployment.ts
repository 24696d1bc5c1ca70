import { parse } from 'yaml';
import { codeOf } from '../page-code.ts';

/** What docs/containers.md has a container run with. */
export interface Deployment {
  /** All variables of the Deployment and of the Dockerfile, with names of the cluster in them. */
  readonly env: Readonly<Record<string, string>>;
  /** The words of the Dockerfile's command. */
  readonly command: readonly string[];
  readonly groupId: number;
  readonly memoryMiB: number;
  /** Where the volume is. */
  readonly mountPath: string;
  /** The path that the probes ask. */
  readonly probePath: string;
  readonly userId: number;
}

/** The parts of the Deployment that are used. */
interface Manifest {
  readonly spec: { readonly template: { readonly spec: PodSpec } };
}

interface PodSpec {
  readonly securityContext: { readonly runAsUser: number; readonly runAsGroup: number; readonly fsGroup: number };
  readonly containers: readonly [ContainerSpec];
}

interface ContainerSpec {
  readonly env: readonly { readonly name: string; readonly value?: string }[];
  readonly livenessProbe: ProbeSpec;
  readonly readinessProbe: ProbeSpec;
  readonly resources: { readonly limits: { readonly memory: string } };
  readonly securityContext: { readonly readOnlyRootFilesystem: boolean };
  readonly volumeMounts: readonly [{ readonly mountPath: string }];
}

interface ProbeSpec {
  readonly httpGet: { readonly path: string };
}

const PAGE = 'containers.md';

/** Reads the page. @throws Error where it no longer says what is tested */
export function readDeployment(): Deployment {
  // What is missing in it fails below.
  const { containers, securityContext } = (parse(codeOf(PAGE, 'Deployment', 'yaml')) as Manifest).spec.template.spec;
  const [container] = containers;
  const dockerfile = codeOf(PAGE, 'Dockerfile', 'dockerfile');
  const { runAsGroup, runAsUser } = securityContext;
  check(dockerfile.includes(`\nUSER ${String(runAsUser)}:${String(runAsGroup)}\n`), 'the user of both is the same');
  check(container.securityContext.readOnlyRootFilesystem, 'the root is read-only');
  check(securityContext.fsGroup === runAsGroup, "the volume is the group's");
  check(container.livenessProbe.httpGet.path === container.readinessProbe.httpGet.path, 'both probes ask one path');
  return {
    env: {
      ...variablesOf(dockerfile),
      ...Object.fromEntries(container.env.map(({ name, value = '' }) => [name, value])),
    },
    // Its exec form is JSON.
    command: JSON.parse(/^CMD (\[.*\])$/m.exec(dockerfile)?.[1] ?? '') as string[],
    groupId: runAsGroup,
    memoryMiB: Number(/^(\d+)Mi$/.exec(container.resources.limits.memory)?.[1]),
    mountPath: container.volumeMounts[0].mountPath,
    probePath: container.livenessProbe.httpGet.path,
    userId: runAsUser,
  };
}

function variablesOf(dockerfile: string): Readonly<Record<string, string>> {
  const words = (/^ENV (.*)$/m.exec(dockerfile)?.[1] ?? '').split(' ');
  return Object.fromEntries(words.map((word) => [word.split('=', 1)[0] ?? '', word.slice(word.indexOf('=') + 1)]));
}

function check(isSo: boolean, what: string): void {
  if (!isSo) throw new Error(`docs/containers.md: expected that ${what}`);
}
