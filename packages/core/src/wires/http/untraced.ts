/** Where every copy of OpenTelemetry's API of version 1 keeps what is registered with it. */
const API = Symbol.for('opentelemetry.js.api.1');

/** What its SDK takes for "no spans, and no trace headers, in here". */
const SUPPRESSED = Symbol.for('OpenTelemetry SDK Context Key SUPPRESS_TRACING');

/** A context of OpenTelemetry, as far as it is used. */
interface TracingContext {
  setValue(key: symbol, value: unknown): TracingContext;
}

/** OpenTelemetry's context manager, as far as it is used. */
interface ContextManager {
  active(): TracingContext;
  with(context: TracingContext, task: () => void): void;
}

/**
 * Runs a task so that OpenTelemetry, where it is loaded, makes no spans of it: what delivery does is no part of the
 * service's traces, and a write each second would be a trace each second.
 *
 * A tracer that does not keep to its own API changes nothing: the task runs once.
 */
export function runUntraced<Result>(task: () => Result): Result {
  const manager = contextManager();
  if (manager === undefined) return task();
  let ended: { readonly result: Result } | { readonly error: unknown } | undefined;
  try {
    manager.with(manager.active().setValue(SUPPRESSED, true), () => {
      if (ended !== undefined) return;
      try {
        ended = { result: task() };
      } catch (error) {
        ended = { error };
      }
    });
  } catch {
    // The tracer's own failure; what became of the task is known.
  }
  // TypeScript does not see that the callback sets it.
  const end = ended as { readonly result: Result } | { readonly error: unknown } | undefined;
  if (end === undefined) return task();
  if ('error' in end) throw end.error;
  return end.result;
}

/** Looked up for each request, since a tracer may be loaded later than we are. */
function contextManager(): ContextManager | undefined {
  // What is under the key is the API's own object; a stranger's is caught where it is called.
  const api = (globalThis as { readonly [API]?: { readonly context?: ContextManager } })[API];
  return api?.context;
}
