/**
 * Installs what of these programs is missing, with apt-get on Debian and Ubuntu.
 *
 * @throws Error that says what to install by hand, where this may not
 */
export function installMissing(programs?: readonly string[], options?: { readonly policyFile?: string }): Promise<void>;
