import { readFileSync } from 'node:fs';
import { MonitoringError } from '../../errors.ts';
import { reasonOf } from '../../process/error-text.ts';
import type { TlsFiles } from '../settings.ts';

/** What Node takes of the files, in PEM. */
export interface TlsMaterial {
  readonly ca?: Buffer | undefined;
  readonly cert?: Buffer | undefined;
  readonly key?: Buffer | undefined;
}

/**
 * Reads what connections are secured with.
 *
 * @throws MonitoringError `ERR_OPTION_TYPE` that names the file's setting where it cannot be read
 */
export function readTlsFiles({ caFile, certFile, keyFile }: TlsFiles): TlsMaterial {
  return {
    ...(caFile !== undefined && { ca: read('caFile', caFile) }),
    ...(certFile !== undefined && { cert: read('certFile', certFile) }),
    ...(keyFile !== undefined && { key: read('keyFile', keyFile) }),
  };
}

function read(name: keyof TlsFiles, path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new MonitoringError('ERR_OPTION_TYPE', `tls.${name}: expected a file that can be read: ${reasonOf(error)}`, {
      cause: error,
    });
  }
}
