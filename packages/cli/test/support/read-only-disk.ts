import { execFileSync } from 'node:child_process';
import { rmdirSync } from 'node:fs';
import { onTestFinished } from 'vitest';

/** Makes a folder a disk that is mounted read-only: not even root can write there. It needs root or sudo. */
export function mountReadOnly(folder: string): void {
  asRoot('mount', ['-t', 'tmpfs', '-o', 'size=64k,ro', 'tmpfs', folder]);
  onTestFinished(() => {
    asRoot('umount', ['-l', folder]);
    rmdirSync(folder);
  });
}

function asRoot(program: string, programArguments: readonly string[]): void {
  const isRoot = process.getuid?.() === 0;
  execFileSync(isRoot ? program : 'sudo', isRoot ? programArguments : ['-n', program, ...programArguments]);
}
