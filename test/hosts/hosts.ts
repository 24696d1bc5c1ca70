import { BUNDLERS } from './bundlers.ts';
import { CONTAINERS } from './containers/containers.ts';
import { FUNCTIONS } from './functions.ts';
import type { Host } from './host.ts';
import { PROCESSES } from './processes.ts';
import { TEST_RUNNERS } from './test-runners.ts';
import { TRACER_HOSTS } from './tracers/tracers.ts';

/** Every host, in the order of the page. */
export const HOSTS: readonly Host[] = [
  ...BUNDLERS,
  ...TEST_RUNNERS,
  ...FUNCTIONS,
  ...PROCESSES,
  ...CONTAINERS,
  ...TRACER_HOSTS,
];
