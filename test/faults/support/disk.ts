import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A disk of its own, so small that a test can fill it. It needs root, or a sudo that asks for no password. */
export class SmallDisk {
  readonly folder = mkdtempSync(join(tmpdir(), 'small-disk-'));

  constructor(kibibytes: number) {
    mount(['-t', 'tmpfs', '-o', `size=${String(kibibytes)}k,mode=0777`, 'tmpfs', this.folder]);
  }

  makeReadOnly(): void {
    mount(['-o', 'remount,ro', this.folder]);
  }

  makeWritable(): void {
    mount(['-o', 'remount,rw', this.folder]);
  }

  grow(kibibytes: number): void {
    mount(['-o', `remount,size=${String(kibibytes)}k`, this.folder]);
  }

  remove(): void {
    asRoot('umount', ['-l', this.folder]);
    rmdirSync(this.folder);
  }
}

function mount(options: readonly string[]): void {
  asRoot('mount', options);
}

function asRoot(program: string, options: readonly string[]): void {
  const isRoot = process.getuid?.() === 0;
  execFileSync(isRoot ? program : 'sudo', isRoot ? options : ['-n', program, ...options]);
}
