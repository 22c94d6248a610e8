// Settings of outside issuers, whose JSON Web Tokens are accepted as credentials of users.
import { z } from 'zod';
import { serviceUrl } from './model-settings.js';
import { readFileOrReport } from './setting-files.js';

/** HMAC algorithms, which need a secret. */
const HMAC_ALGORITHMS = ['HS256', 'HS384', 'HS512'] as const;
/** Algorithms whose public keys are published. */
const KEY_PAIR_ALGORITHMS = [
  ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
  ...['ES256', 'ES384', 'ES512', 'EdDSA'],
];
const MAX_ISSUERS = 20;
/** RFC 7518 asks for as many bytes as the hash of HS256 has. */
const SECRET_MIN_CHARACTERS = 32;

const isHmac = (algorithm: string): boolean => HMAC_ALGORITHMS.some((hmac) => hmac === algorithm);

/** An issuer, and what a token must say to be accepted. */
export interface TokenIssuer {
  /** The claim `iss`, exactly. */
  readonly issuer: string;
  /** Where the public keys are, in the form of RFC 7517. */
  readonly jwksUrl?: string | undefined;
  /** The shared secret of the HMAC algorithms. */
  readonly secret?: string | undefined;
  readonly algorithms: readonly string[];
  /** The token must be for one of these. */
  readonly audience: readonly string[];
  /** The claim that names the audience. */
  readonly audienceClaim: string;
  /** Values of the header `typ`, in lower case without `application/`; null: no such header. */
  readonly types: readonly (string | null)[];
  /** Claims that the token must have, with these values. */
  readonly require: Readonly<Record<string, string | number | boolean>>;
  /** The claims that a user is made of. Absent: the user has none. */
  readonly claims: {
    readonly subject: string;
    readonly email?: string | undefined;
    readonly name?: string | undefined;
  };
}

const text = z.string().min(1).max(500);
const claim = z.string().min(1).max(200);
const typeOf = (type: string): string => type.toLowerCase().replace(/^application\//, '');

const issuerEntry = z
  .strictObject({
    issuer: text,
    jwksUrl: serviceUrl.optional(),
    secret: z.string().min(SECRET_MIN_CHARACTERS).max(1_000).optional(),
    algorithms: z
      .array(z.enum([...HMAC_ALGORITHMS, ...KEY_PAIR_ALGORITHMS]))
      .min(1)
      .optional(),
    audience: z.union([text.transform((one) => [one]), z.array(text).min(1).max(20)]),
    audienceClaim: claim.default('aud'),
    types: z.array(text.transform(typeOf).nullable()).min(1).max(5).default(['jwt']),
    require: z.record(claim, z.union([text, z.number(), z.boolean()])).default({}),
    claims: z
      .strictObject({
        subject: claim.default('sub'),
        email: claim.optional(),
        name: claim.optional(),
      })
      .prefault({}),
  })
  .refine(({ jwksUrl, secret }) => jwksUrl !== undefined || secret !== undefined)
  .transform(({ algorithms, ...entry }): TokenIssuer => ({
    ...entry,
    algorithms: algorithms ?? [
      ...(entry.secret === undefined ? [] : ['HS256']),
      ...(entry.jwksUrl === undefined ? [] : ['RS256', 'ES256', 'EdDSA']),
    ],
  }))
  .refine(({ algorithms, secret, jwksUrl }) =>
    algorithms.every((one) => (isHmac(one) ? secret : jwksUrl) !== undefined),
  );

const issuerEntries = z
  .array(issuerEntry)
  .max(MAX_ISSUERS)
  .refine((entries) => new Set(entries.map(({ issuer }) => issuer)).size === entries.length);

/** The message quotes nothing, because there are secrets in the text. */
const MESSAGE =
  'must be a JSON list of {"issuer", "audience"} with "jwksUrl" or "secret" (32 characters or more), and only "algorithms" that these can check, "audienceClaim", "types", "require" and "claims" besides; each issuer once';

function read(json: string, context: z.core.$RefinementCtx): readonly TokenIssuer[] {
  const found = issuerEntries.safeParse(parsed(json));
  if (!found.success) context.addIssue(MESSAGE);
  return found.data ?? z.NEVER;
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json) as unknown;
  } catch {
    return undefined;
  }
}

export const issuerSettings = {
  JWT_ISSUERS: z.string().transform(read).optional(),
  JWT_ISSUERS_FILE: z.string().transform(readFileOrReport).transform(read).optional(),
};

type IssuerEnvironment = z.infer<z.ZodObject<typeof issuerSettings>>;

/** By the claim `iss`. Empty: no token is accepted. */
export type TokenIssuers = ReadonlyMap<string, TokenIssuer>;

export const tokenIssuersOf = (env: IssuerEnvironment): TokenIssuers =>
  new Map((env.JWT_ISSUERS ?? env.JWT_ISSUERS_FILE ?? []).map((one) => [one.issuer, one]));
