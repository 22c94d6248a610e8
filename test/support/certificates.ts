// A CA of the test's own, and certificates from it, made with openssl.
import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { serverUser } from '../../src/platform/database/setup/embedded/os-user.js';

function openssl(directory: string, ...args: string[]): void {
  const { status, stderr, error } = spawnSync('openssl', args, {
    cwd: directory,
    encoding: 'utf8',
  });
  if (error)
    throw new Error(
      'openssl is not on the PATH. Install it (Debian: apt-get install openssl) and run npm run test:faults again.',
    );
  if (status !== 0) throw new Error(`openssl ${args[0]} failed: ${stderr}`);
}

/** The path of the certificate; the key lies beside it as `<name>.key`. */
export function makeAuthority(directory: string, name: string): string {
  openssl(
    directory,
    'req',
    '-x509',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-days',
    '2',
    '-subj',
    `/CN=${name}`,
    '-keyout',
    `${name}.key`,
    '-out',
    `${name}.pem`,
  );
  return join(directory, `${name}.pem`);
}

/** `<name>.crt` and `<name>.key` for one host, as PostgreSQL wants them. */
export function issueServerCertificate(
  directory: string,
  authority: string,
  host: string,
  name = 'server',
): { certificate: string; key: string } {
  writeFileSync(join(directory, `${name}.ext`), `subjectAltName=DNS:${host}\n`);
  openssl(
    directory,
    'req',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-subj',
    `/CN=${host}`,
    '-keyout',
    `${name}.key`,
    '-out',
    `${name}.csr`,
  );
  const ca = ['-CA', `${authority}.pem`, '-CAkey', `${authority}.key`, '-CAcreateserial'];
  openssl(
    directory,
    'x509',
    '-req',
    '-in',
    `${name}.csr`,
    ...ca,
    '-days',
    '2',
    '-extfile',
    `${name}.ext`,
    '-out',
    `${name}.crt`,
  );
  const [certificate, key] = [join(directory, `${name}.crt`), join(directory, `${name}.key`)];
  chmodSync(key, 0o600);
  const user = serverUser();
  if (user) for (const path of [certificate, key]) chownSync(path, user.uid, user.gid);
  return { certificate, key };
}
