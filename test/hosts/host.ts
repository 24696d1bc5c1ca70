import type { PackedPackage } from '../packages/packages.ts';

/** Where people run the library, and what shows that it works there. */
export interface Host {
  /** As `--only` takes it. */
  readonly name: string;
  /** What the page says of it. */
  readonly title: string;
  /** What is installed beside our packages and Express. */
  readonly dependencies: Readonly<Record<string, string>>;
  /**
   * Runs the service there.
   *
   * @returns what the page says of the result
   * @throws Error where it does not start, or where its points are not those of what was sent
   */
  run(place: HostPlace): Promise<string>;
}

/** A fresh project of one host. */
export interface HostPlace {
  /** With the packages and the files of `files/`. */
  readonly folder: string;
  /** A folder without any package, beside it. */
  readonly emptyFolder: string;
  readonly packed: readonly PackedPackage[];
}
