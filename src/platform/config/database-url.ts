// Reads database URLs so that TLS options mean what they mean to libpq. pg 8 reads every sslmode as
// verify-full, with a warning.
import { readSettingFile } from './setting-files.js';

/**
 * Without `prefer` and `allow`: they fall back to unencrypted connections, and pg does not support
 * them.
 */
const MODES = ['disable', 'require', 'verify-ca', 'verify-full'];

export interface DatabaseUrls {
  DATABASE_URL?: string | undefined;
  DATABASE_SYSTEM_URL?: string | undefined;
  DATABASE_ADMIN_URL?: string | undefined;
  DATABASE_REPLICA_URLS?: readonly string[] | undefined;
  DB_SSL_CA_FILE?: string | undefined;
}

type UrlName =
  'DATABASE_URL' | 'DATABASE_SYSTEM_URL' | 'DATABASE_ADMIN_URL' | 'DATABASE_REPLICA_URLS';

/** The schema's refinement for a URL. */
export const tlsRefinement = (name: UrlName) => ({
  path: [name],
  error: ({ input }: { input: unknown }) => tlsProblem(input as DatabaseUrls, name) ?? '',
  when: ({ issues }: { issues: { path?: PropertyKey[] | undefined }[] }) =>
    !issues.some(({ path }) => path?.[0] === name),
});

export function tlsProblem(env: DatabaseUrls, name: UrlName): string | null {
  try {
    for (const url of [env[name] ?? []].flat()) tlsUrl(url, env.DB_SSL_CA_FILE);
    return null;
  } catch (error) {
    return (error as RangeError).message;
  }
}

/**
 * Rewrites a URL for pg. With a CA, `require` means `verify-ca`, as in libpq; without an sslmode, a
 * CA file means `verify-full`.
 * @throws RangeError whose message contains nothing of the URL
 */
export function tlsUrl(text: string, caFile?: string): string {
  const url = parsed(text);
  const query = url.searchParams;
  if (query.get('sslrootcert') === 'system') {
    query.delete('sslrootcert');
    query.set('sslmode', query.get('sslmode') ?? 'verify-full');
  } else if (
    caFile !== undefined &&
    !query.has('sslrootcert') &&
    query.get('sslmode') !== 'disable'
  ) {
    query.set('sslrootcert', caFile);
  }
  const mode = query.get('sslmode') ?? (query.has('sslrootcert') ? 'verify-full' : undefined);
  if (mode === undefined) return String(url);
  if (!MODES.includes(mode)) throw new RangeError(`sslmode must be one of ${MODES.join(', ')}`);
  const ca = query.get('sslrootcert');
  if (ca !== null && mode !== 'disable') requireCertificate(ca);
  if (mode === 'verify-ca' && ca === null)
    throw new RangeError(
      'sslmode=verify-ca needs the CA: add sslrootcert to the URL, or set DB_SSL_CA_FILE',
    );
  query.set('sslmode', mode);
  query.set('uselibpqcompat', 'true');
  return String(url);
}

function parsed(text: string): URL {
  try {
    // As in pg, a URL without a host means this machine.
    return new URL(text.replace('@/', '@localhost/'));
  } catch {
    throw new RangeError(
      'must be a postgres:// URL; write special characters of the password as %XX',
    );
  }
}

function requireCertificate(path: string): void {
  let text: string;
  try {
    text = readSettingFile(path);
  } catch (error) {
    throw new RangeError(`its CA file ${(error as RangeError).message}`, { cause: error });
  }
  if (!text.includes('-----BEGIN CERTIFICATE-----'))
    throw new RangeError('its CA file holds no certificate in PEM');
}
