type Data<Value> = Readonly<Record<string, Value>>;

/**
 * Copies tags or fields of several sources into one object, a later source over an earlier one. What cannot be read (a
 * getter that throws, a revoked Proxy) is left out, and nothing else is.
 *
 * @param onUnreadable - told once for each value, or for a source as a whole; it must not throw
 * @returns `undefined` where all are empty, the usual case
 */
export function mergeReadable<Value>(
  onUnreadable: () => void,
  ...sources: readonly (Data<Value> | undefined)[]
): Data<Value> | undefined {
  let merged: Record<string, Value> | undefined;
  for (const source of sources) {
    if (source === undefined) continue;
    for (const key of keysOf(source, onUnreadable)) {
      // Object.create(null) is typed any; a key of outside text (`__proto__`) is a key like any other in it.
      merged ??= Object.create(null) as Record<string, Value>;
      try {
        // It is a key of the source.
        merged[key] = source[key] as Value;
      } catch {
        onUnreadable();
      }
    }
  }
  return merged;
}

const NO_KEYS: readonly string[] = [];

function keysOf(source: unknown, onUnreadable: () => void): readonly string[] {
  try {
    // What a callback in plain JavaScript gives may be anything.
    if (typeof source === 'object') return source === null ? NO_KEYS : Object.keys(source);
  } catch {
    // A revoked Proxy, or one whose trap throws.
  }
  onUnreadable();
  return NO_KEYS;
}
