import { HttpService } from '../../http-service.ts';
import { advance } from '../virtual-clock.ts';
import { FLUSHING_PERIOD_SECONDS, type SubjectFactory } from './subject.ts';

const REQUEST_MS = 0.1;

/** A request to an Express service of one route, in memory; the variants are those of the topic `http`. */
export const request: SubjectFactory = async (variant) => {
  const flushingPeriod = FLUSHING_PERIOD_SECONDS;
  const service = await HttpService.start({ flushingPeriod, variant, routeCount: 1, transport: 'memory' });
  const tick = (): void => {
    advance(REQUEST_MS);
  };
  return { run: (times) => service.request(times, 1, tick) };
};
