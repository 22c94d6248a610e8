// Settings of Redis and TLS to it. Files are read and checked before anything connects.
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { z } from 'zod';
import { readFileOrReport } from './setting-files.js';

/** Options in the form of `tls.connect`, in PEM. Without a CA, the system's CAs are trusted. */
export interface RedisTls {
  readonly ca?: string;
  /** The client certificate, for a Redis that requires one. */
  readonly cert?: string;
  readonly key?: string;
}

export interface RedisSettings {
  readonly url: string;
  /** Undefined with redis://, which is unencrypted. */
  readonly tls: RedisTls | undefined;
}

/** Accepts PEM text, or the path of a file with it. */
const pem = (kind: 'CERTIFICATE' | 'PRIVATE KEY', called: string) =>
  z
    .string()
    .transform((given, context) => {
      const text = given.includes('-----BEGIN ') ? given : readFileOrReport(given, context);
      if (new RegExp(`^-----BEGIN ([A-Z]+ )?${kind}-----`, 'm').test(text)) return text;
      if (context.issues.length === 0) context.addIssue(`holds no ${called} in PEM`);
      return z.NEVER;
    })
    .optional();

export const redisSettings = {
  REDIS_URL: z
    .string()
    .regex(/^rediss?:\/\/\S+$/, 'must be a redis:// or rediss:// URL')
    .optional(),
  REDIS_CA: pem('CERTIFICATE', 'certificate'),
  REDIS_CERT: pem('CERTIFICATE', 'certificate'),
  REDIS_KEY: pem('PRIVATE KEY', 'private key'),
};

type RedisEnvironment = z.infer<z.ZodObject<typeof redisSettings>>;
type Name = 'REDIS_CA' | 'REDIS_CERT' | 'REDIS_KEY';

/** Finds a combination of settings that is not valid. @returns the setting to change, and why */
export function redisProblem({
  REDIS_URL,
  REDIS_CA,
  REDIS_CERT,
  REDIS_KEY,
}: RedisEnvironment): { name: Name; message: string } | null {
  const given = Object.entries({ REDIS_CA, REDIS_CERT, REDIS_KEY }).find(
    ([, value]) => value !== undefined,
  );
  if (!given) return null;
  const isEncrypted = REDIS_URL?.startsWith('rediss:') === true;
  if (!isEncrypted)
    return {
      name: given[0] as Name,
      message: 'needs a rediss:// URL in REDIS_URL: redis:// is in the clear',
    };
  if ((REDIS_CERT === undefined) !== (REDIS_KEY === undefined))
    return {
      name: REDIS_CERT ? 'REDIS_KEY' : 'REDIS_CERT',
      message: 'is needed too: a certificate and its key go together',
    };
  if (REDIS_CA !== undefined && !isCertificate(REDIS_CA))
    return { name: 'REDIS_CA', message: 'holds a certificate that cannot be read' };
  if (REDIS_CERT !== undefined && REDIS_KEY !== undefined && !isPair(REDIS_CERT, REDIS_KEY))
    return { name: 'REDIS_KEY', message: 'is not the key of the certificate in REDIS_CERT' };
  return null;
}

/** The schema's refinement for one setting. It runs when the settings are valid on their own. */
export const redisRefinement = (name: Name) => ({
  path: [name],
  error: ({ input }: { input: unknown }) => redisProblem(input as RedisEnvironment)?.message ?? '',
  when: ({ issues }: { issues: { path?: PropertyKey[] | undefined }[] }) =>
    !issues.some(({ path }) => String(path?.[0]).startsWith('REDIS_')),
});

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).serialNumber !== '';
  } catch {
    return false;
  }
}

function isPair(certificate: string, key: string): boolean {
  try {
    return new X509Certificate(certificate).checkPrivateKey(createPrivateKey(key));
  } catch {
    return false;
  }
}

export function redisSettingsOf({
  REDIS_URL,
  REDIS_CA,
  REDIS_CERT,
  REDIS_KEY,
}: RedisEnvironment): RedisSettings | undefined {
  if (REDIS_URL === undefined) return undefined;
  const files = {
    ...(REDIS_CA && { ca: REDIS_CA }),
    ...(REDIS_CERT && { cert: REDIS_CERT }),
    ...(REDIS_KEY && { key: REDIS_KEY }),
  };
  return Object.freeze({
    url: REDIS_URL,
    tls: REDIS_URL.startsWith('rediss:') ? Object.freeze(files) : undefined,
  });
}
