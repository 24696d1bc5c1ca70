import { readFileSync } from 'node:fs';

/** Instructions of a process, by what they are for. */
export interface Instructions {
  /** JavaScript, compiled and built in, and the C++ of V8 and Node that it calls. */
  readonly work: number;
  readonly garbage: number;
  readonly compiling: number;
}

const GARBAGE =
  /Scaveng|Mark(?:ing|Compact)|Sweep|Evacuat|GarbageColl|RememberedSet|RecordMigrated|BodyDescriptor|LiveObjectRange|OnMoveEvent|Pretenuring|heap::|Heap::|MemoryChunk|ObjectVisitor|Slot(?:Set|Callback)|GlobalHandles|Ephemeron|IterateObjectCache|WeakList|Space::|PossiblyEmptyBuckets|Roots|Worklist|SizeFromMap/;
const COMPILING =
  /compiler|Compil|Parser|Scanner|Preparse|Zone|Bytecode|Ast|baseline::|Regist|Assembler|CodeDesc|RelocInfo|SourcePosition|CalculateLineEnds|Rewriter|interpreter::|Utf8Decoder|Deoptimiz|Safepoint|Code::|_Rb_tree|malloc|free/;

/**
 * Reads what `valgrind --tool=callgrind` wrote (its format: the manual of Valgrind, "Callgrind Format Specification").
 *
 * @param path - of a file with positions by line and one event, as is usual
 */
export function readInstructions(path: string): Instructions {
  const names = new Map<string, string>();
  const sum = { work: 0, garbage: 0, compiling: 0 };
  let kind: keyof Instructions = 'work';
  let isCallee = false;
  for (const line of readFileSync(path, 'utf8').split('\n')) {
    const [, prefix, id = '', name] = /^(c?fn)=\((\d+)\)(?: (.*))?$/.exec(line) ?? [];
    if (prefix !== undefined) {
      // A name comes with its number the first time, and then the number stands for it.
      if (name !== undefined) names.set(id, name);
      if (prefix === 'fn') kind = kindOf(names.get(id) ?? '');
    } else if (line.startsWith('calls=')) {
      isCallee = true;
    } else if (/^[\d+*-]/.test(line)) {
      // The line behind a call has what the callee took, which stands with the callee itself.
      if (!isCallee) sum[kind] += Number(line.split(' ')[1]);
      isCallee = false;
    }
  }
  return sum;
}

function kindOf(name: string): keyof Instructions {
  if (name.startsWith('Builtins_')) return 'work';
  if (GARBAGE.test(name)) return 'garbage';
  return COMPILING.test(name) ? 'compiling' : 'work';
}
