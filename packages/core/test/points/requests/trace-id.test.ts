import { describe, expect, it, onTestFinished } from 'vitest';
import { traceIdOf } from '../../../src/points/requests/trace-id.ts';

const OPENTELEMETRY = Symbol.for('opentelemetry.js.api.1');
const FROM_HEADER = '0af7651916cd43dd8448eb211c80319c';
const FROM_SPAN = 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa';

/** Puts an API of OpenTelemetry there, as far as it is asked. */
function startTelemetry(api: unknown): void {
  Object.defineProperty(globalThis, OPENTELEMETRY, { configurable: true, value: api });
  onTestFinished(() => {
    Reflect.deleteProperty(globalThis, OPENTELEMETRY);
  });
}

const withSpan = (span: unknown): unknown => ({
  context: {
    active: () => ({
      getValue: (key: symbol) => (key === Symbol.for('OpenTelemetry Context Key SPAN') ? span : undefined),
    }),
  },
});

describe('the trace id of a request', () => {
  it('is that of its traceparent', () => {
    startTelemetry(withSpan({ spanContext: () => ({ traceId: FROM_SPAN }) }));
    expect(traceIdOf({ traceparent: `00-${FROM_HEADER}-b7ad6b7169203331-01` })).toBe(FROM_HEADER);
  });

  it('is that of the active span of OpenTelemetry where no header tells', () => {
    startTelemetry(withSpan({ spanContext: () => ({ traceId: FROM_SPAN }) }));
    expect(traceIdOf({})).toBe(FROM_SPAN);
    expect(traceIdOf({ traceparent: 'nonsense' })).toBe(FROM_SPAN);
  });

  it.each<[string, unknown]>([
    ['no OpenTelemetry', undefined],
    ['an API without a context', {}],
    ['no active span', withSpan(undefined)],
    ['a span without a trace', withSpan({ spanContext: () => ({ traceId: '0'.repeat(32) }) })],
    ['a trace id of another form', withSpan({ spanContext: () => ({ traceId: 'a b' }) })],
    ['something else under its key', 7],
    ['a span that throws', withSpan({})],
  ])('is none with %s', (_name, api) => {
    startTelemetry(api);
    expect(traceIdOf({})).toBeUndefined();
  });
});
