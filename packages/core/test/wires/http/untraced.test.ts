import { afterEach, describe, expect, it } from 'vitest';
import { runUntraced } from '../../../src/wires/http/untraced.ts';

const API = Symbol.for('opentelemetry.js.api.1');
const KEY = Symbol.for('OpenTelemetry SDK Context Key SUPPRESS_TRACING');
const holder = globalThis as { [API]?: unknown };

/** A context manager as OpenTelemetry's is. */
class Manager {
  values = new Map<symbol, unknown>();

  active() {
    const { values } = this;
    return { setValue: (key: symbol, value: unknown) => new Map(values).set(key, value) };
  }

  with(context: Map<symbol, unknown>, task: () => void): void {
    const before = this.values;
    this.values = context;
    try {
      task();
    } finally {
      this.values = before;
    }
  }
}

afterEach(() => {
  Reflect.deleteProperty(globalThis, API);
});

describe('runUntraced', () => {
  it('runs the task as it is where there is no tracer', () => {
    expect(runUntraced(() => 1)).toBe(1);
  });

  it("suppresses spans within the task by OpenTelemetry's own key, and only there", () => {
    const context = new Manager();
    holder[API] = { version: '1.9.1', context };
    expect(runUntraced(() => context.values.get(KEY))).toBe(true);
    expect(context.values.get(KEY)).toBeUndefined();
  });

  it('passes on what the task throws, and runs it once', () => {
    holder[API] = { context: new Manager() };
    let count = 0;
    const task = (): never => {
      count += 1;
      throw new Error('refused');
    };
    expect(() => runUntraced(task)).toThrow('refused');
    expect(count).toBe(1);
  });

  it.each([
    ['has no context manager', {}],
    ['is no object', 7],
    ['has no methods', { context: {} }],
    ['throws when asked', { context: { active: thrower, with: thrower } }],
    ['never calls the task', { context: { active: () => new Manager().active(), with: () => undefined } }],
    [
      'calls the task twice and throws then',
      {
        context: {
          active: () => new Manager().active(),
          with: (_context: unknown, task: () => void) => {
            task();
            task();
            thrower();
          },
        },
      },
    ],
  ])('runs the task once where what stands for the API %s', (_name, api) => {
    holder[API] = api;
    let count = 0;
    expect(
      runUntraced(() => {
        count += 1;
        return 'done';
      }),
    ).toBe('done');
    expect(count).toBe(1);
  });
});

function thrower(): never {
  throw new Error('a tracer that fails');
}
