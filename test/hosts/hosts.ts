import { BUNDLERS } from './bundlers.ts';
import type { Host } from './host.ts';
import { TEST_RUNNERS } from './test-runners.ts';

/** Every host, in the order of the page. */
export const HOSTS: readonly Host[] = [...BUNDLERS, ...TEST_RUNNERS];
