import { bundleClient, type ClientFiles } from './bundle-client.ts';

/** The page's files when this package runs from source: bundled when first asked for, so tests need no build. */
export function readClientFiles(): ClientFiles {
  return bundleClient();
}
