export { runCommand } from './command.ts';
export { EXIT_CODES, type ExitCode } from './exit-codes.ts';
export { runProcess } from './run-process.ts';
export type { Terminal, TerminalOutput } from './terminal.ts';
