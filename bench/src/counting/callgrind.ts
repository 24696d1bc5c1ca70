import { readFileSync } from 'node:fs';

/** Functions of V8 that collect garbage. */
const GARBAGE =
  /Scaveng|Mark(?:ing|Compact)|Sweep|Evacuat|GarbageColl|RememberedSet|RecordMigrated|BodyDescriptor|LiveObjectRange|OnMoveEvent|Pretenuring|heap::|Heap::|MemoryChunk|ObjectVisitor|Slot(?:Set|Callback)|GlobalHandles|Ephemeron|IterateObjectCache|WeakList|Space::|PossiblyEmptyBuckets|Roots|Worklist|SizeFromMap/;
/** Functions of V8 that parse and compile, with the memory they take: what JavaScript takes comes from V8's own heap. */
const COMPILING =
  /compiler|Compil|Parser|Scanner|Preparse|Zone|Bytecode|Ast|baseline::|Regist|Assembler|CodeDesc|RelocInfo|SourcePosition|CalculateLineEnds|Rewriter|interpreter::|Utf8Decoder|Deoptimiz|Safepoint|Code::|_Rb_tree|malloc|free/;

/**
 * Instructions that a process executed for its work: JavaScript, compiled and built in, and the C++ of V8 and Node that it
 * calls, without collecting garbage and compiling.
 *
 * Reads what `valgrind --tool=callgrind` wrote (its format: the manual of Valgrind, "Callgrind Format Specification").
 *
 * @param path - of a file with positions by line and one event, as is usual
 */
export function readWorkInstructions(path: string): number {
  const names = new Map<string, string>();
  let sum = 0;
  let isOfWork = true;
  let isCallee = false;
  for (const line of readFileSync(path, 'utf8').split('\n')) {
    const [, prefix, id = '', name] = /^(c?fn)=\((\d+)\)(?: (.*))?$/.exec(line) ?? [];
    if (prefix !== undefined) {
      // A name comes with its number the first time, and then the number stands for it.
      if (name !== undefined) names.set(id, name);
      if (prefix === 'fn') isOfWork = isWork(names.get(id) ?? '');
    } else if (line.startsWith('calls=')) {
      isCallee = true;
    } else if (/^[\d+*-]/.test(line)) {
      // The line behind a call has what the callee took, which stands with the callee itself.
      if (!isCallee && isOfWork) sum += Number(line.split(' ')[1]);
      isCallee = false;
    }
  }
  return sum;
}

function isWork(name: string): boolean {
  return name.startsWith('Builtins_') || !(GARBAGE.test(name) || COMPILING.test(name));
}
