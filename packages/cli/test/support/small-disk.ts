import { execFileSync } from 'node:child_process';
import { rmdirSync } from 'node:fs';
import { onTestFinished } from 'vitest';

/** Makes a folder a disk of 64 KiB. Where it is read-only not even root can write there. It needs root or sudo. */
export function mountSmallDisk(folder: string, access: 'ro' | 'rw'): void {
  asRoot('mount', ['-t', 'tmpfs', '-o', `size=64k,mode=0777,${access}`, 'tmpfs', folder]);
  onTestFinished(() => {
    asRoot('umount', ['-l', folder]);
    rmdirSync(folder);
  });
}

function asRoot(program: string, programArguments: readonly string[]): void {
  const isRoot = process.getuid?.() === 0;
  execFileSync(isRoot ? program : 'sudo', isRoot ? programArguments : ['-n', program, ...programArguments]);
}
