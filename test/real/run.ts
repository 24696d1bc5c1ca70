/**
 * Tries the library and its command with real InfluxDBs: `npm run test:real -- --influxdb2 PATH`; `--help` tells more.
 */
import { styleText } from 'node:util';
import { helpOf, readArguments, type RealArguments } from './arguments.ts';
import { CASES } from './cases.ts';
import { tryProgram } from './try-program.ts';

const found = read();
if (found.isHelp) {
  console.log(helpOf(CASES));
} else {
  let wrongCount = 0;
  let rightCount = 0;
  for (const program of found.named) {
    const { right, wrong } = await tryProgram(program, found.cases, print);
    rightCount += right;
    wrongCount += wrong;
  }
  for (const option of found.notNamed) print(`not run: --${option} PATH names no program`);
  print(`${String(rightCount)} right, ${String(wrongCount)} wrong`);
  process.exitCode = wrongCount === 0 ? 0 : 1;
}

function read(): RealArguments {
  try {
    return readArguments(process.argv.slice(2), CASES);
  } catch (error) {
    console.error(`test:real: ${error instanceof Error ? error.message : String(error)} (--help tells more)`);
    process.exit(2);
  }
}

function print(line: string): void {
  const isWrong = line.includes('WRONG');
  console.log(isWrong && process.stdout.isTTY ? styleText('red', line) : line);
}
