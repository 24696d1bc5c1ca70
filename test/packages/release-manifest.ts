/** What a release needs of a package.json. */
export interface ReleaseManifest {
  readonly name: string;
  readonly version: string;
  readonly bugs?: { readonly url?: string };
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly description?: string;
  readonly engines?: { readonly node?: string };
  readonly files?: readonly string[];
  readonly homepage?: string;
  readonly license?: string;
  readonly publishConfig?: { readonly access?: string; readonly provenance?: boolean };
  readonly repository?: { readonly type?: string; readonly url?: string; readonly directory?: string };
  readonly sideEffects?: boolean;
}

/** What is wrong with a package.json that is to be published as this version. */
export function manifestFaults(manifest: ReleaseManifest, version: string): string[] {
  const { name, dependencies = {} } = manifest;
  const ours = Object.entries(dependencies).filter(([dependency]) => dependency.startsWith('@influx-monitoring/'));
  const facts: readonly (readonly [string, unknown, unknown])[] = [
    ['version', manifest.version, version],
    ['license', manifest.license, 'MIT'],
    ['publishConfig.access', manifest.publishConfig?.access, 'public'],
    ['publishConfig.provenance', manifest.publishConfig?.provenance, true],
    ['sideEffects', manifest.sideEffects, false],
    ['description', typeof manifest.description, 'string'],
    ['engines.node', typeof manifest.engines?.node, 'string'],
    ['files', (manifest.files?.length ?? 0) > 0, true],
    // One copy of core for a process: a range would let two of them in.
    ...ours.map(([dependency, range]) => [`dependencies.${dependency}`, range, version] as const),
  ];
  return faultsOf(name, facts);
}

/** What is wrong with the addresses in a package.json; npm compares them with the one that the build comes from. */
export function addressFaults(manifest: ReleaseManifest, directory: string): string[] {
  const { name, bugs, homepage, repository } = manifest;
  return faultsOf(name, [
    ['repository.type', repository?.type, 'git'],
    ['repository.url is git+https', repository?.url?.startsWith('git+https://') ?? false, true],
    ['repository.directory', repository?.directory, directory],
    ['homepage is https', homepage?.startsWith('https://') ?? false, true],
    ['bugs.url is https', bugs?.url?.startsWith('https://') ?? false, true],
  ]);
}

function faultsOf(name: string, facts: readonly (readonly [string, unknown, unknown])[]): string[] {
  return facts
    .filter(([, found, expected]) => found !== expected)
    .map(([what, found, expected]) => `${name}: ${what}: expected ${String(expected)}, got ${String(found)}`);
}
