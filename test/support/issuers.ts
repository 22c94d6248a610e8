// Outside issuers that sign tokens as known services do, and publish their keys on loopback.
import { exportJWK, generateKeyPair, type GenerateKeyPairResult, type JWK, SignJWT } from 'jose';
import { CountingServer } from './counting-server.js';

export const now = (): number => Math.floor(Date.now() / 1000);

export interface SigningKey {
  readonly kid: string;
  readonly alg: string;
  readonly pair: GenerateKeyPairResult;
}

export async function signingKey(kid: string, alg: string): Promise<SigningKey> {
  return { kid, alg, pair: await generateKeyPair(alg, { extractable: true }) };
}

export const publicJwk = async ({ kid, alg, pair }: SigningKey): Promise<JWK> => ({
  ...(await exportJWK(pair.publicKey)),
  ...{ kid, alg, use: 'sig' },
});

/** Signs with a private key, or a secret. */
export function signed(
  payload: object,
  header: { alg: string; kid?: string; typ?: string },
  key: Parameters<SignJWT['sign']>[0],
): Promise<string> {
  return new SignJWT({ ...payload }).setProtectedHeader(header).sign(key);
}

/** Publishes keys, and answers otherwise while `answer` is set. */
export class KeyServer {
  keys: JWK[] = [];
  answer: { status: number; body: string } | null = null;

  private constructor(readonly server: CountingServer) {}

  static async start(): Promise<KeyServer> {
    const found: { here?: KeyServer } = {};
    const server = await CountingServer.start((_request, response) => {
      const { keys = [], answer = null } = found.here ?? {};
      response.writeHead(answer?.status ?? 200, { 'content-type': 'application/json' });
      response.end(answer?.body ?? JSON.stringify({ keys }));
    });
    return (found.here = new KeyServer(server));
  }

  get url(): string {
    return `${this.server.url}/jwks.json`;
  }

  get fetches(): number {
    return this.server.requests.length;
  }

  stop(): Promise<void> {
    return this.server.stop();
  }
}

export const SUPABASE_SECRET = 'super-secret-jwt-token-with-at-least-32-characters-long';

export interface Shape {
  /** The header and claims of a token of the subject, as the service writes them. */
  readonly header: { alg: string; kid?: string; typ?: string };
  readonly payload: (subject: string) => Record<string, unknown>;
  /** The entry of `JWT_ISSUERS`, as src/users/issuers/README.md shows it. */
  readonly entry: (jwksUrl: string) => Record<string, unknown>;
}

const times = () => ({ iat: now(), exp: now() + 3600 });

/** The forms of tokens of known services. */
export const SHAPES: Readonly<Record<string, Shape>> = {
  'Supabase with a secret': {
    header: { alg: 'HS256', typ: 'JWT' },
    payload: (sub) => ({
      ...{ iss: 'https://abcdefgh.supabase.co/auth/v1', sub, aud: 'authenticated', ...times() },
      ...{ email: 'ada@example.com', phone: '', role: 'authenticated', aal: 'aal1' },
      app_metadata: { provider: 'email', providers: ['email'] },
      user_metadata: { email: 'ada@example.com', email_verified: true },
      amr: [{ method: 'password', timestamp: now() }],
      ...{ session_id: '1f3c6a55-3f4c-4d0b-9f52-9d2dd1b7a9e0', is_anonymous: false },
    }),
    entry: () => ({
      issuer: 'https://abcdefgh.supabase.co/auth/v1',
      secret: SUPABASE_SECRET,
      audience: 'authenticated',
      require: { role: 'authenticated' },
      claims: { email: 'email' },
    }),
  },
  'Supabase with signing keys': {
    header: { alg: 'ES256', kid: 'es256', typ: 'JWT' },
    payload: (sub) => ({
      ...{ iss: 'https://ijklmnop.supabase.co/auth/v1', sub, aud: 'authenticated', ...times() },
      ...{ email: 'eve@example.com', role: 'authenticated', is_anonymous: false },
    }),
    entry: (jwksUrl) => ({
      issuer: 'https://ijklmnop.supabase.co/auth/v1',
      jwksUrl,
      algorithms: ['ES256'],
      audience: 'authenticated',
      require: { role: 'authenticated' },
      claims: { email: 'email' },
    }),
  },
  Auth0: {
    header: { alg: 'RS256', kid: 'rs256', typ: 'at+jwt' },
    payload: (sub) => ({
      iss: 'https://tenant.eu.auth0.com/',
      sub: `auth0|${sub}`,
      aud: ['https://api.example.com', 'https://tenant.eu.auth0.com/userinfo'],
      ...times(),
      ...{ scope: 'openid profile', client_id: 'm1R', jti: 'q8T' },
    }),
    entry: (jwksUrl) => ({
      issuer: 'https://tenant.eu.auth0.com/',
      jwksUrl,
      algorithms: ['RS256'],
      audience: 'https://api.example.com',
      types: ['JWT', 'at+jwt'],
    }),
  },
  Clerk: {
    header: { alg: 'RS256', kid: 'rs256', typ: 'JWT' },
    payload: (sub) => ({
      iss: 'https://clerk.example.com',
      sub: `user_${sub}`,
      azp: 'https://app.example.com',
      ...{
        iat: now(),
        nbf: now() - 10,
        exp: now() + 60,
        jti: '06e1',
        sid: 'sess_2',
        v: 2,
        fva: [0, -1],
      },
    }),
    entry: (jwksUrl) => ({
      issuer: 'https://clerk.example.com',
      jwksUrl,
      algorithms: ['RS256'],
      audience: 'https://app.example.com',
      audienceClaim: 'azp',
    }),
  },
  Keycloak: {
    header: { alg: 'RS256', kid: 'rs256', typ: 'JWT' },
    payload: (sub) => ({
      iss: 'https://sso.example.com/realms/app',
      ...{
        sub,
        aud: ['threadkeep', 'account'],
        typ: 'Bearer',
        azp: 'web',
        ...times(),
        jti: 'onrtac',
      },
      ...{ realm_access: { roles: ['offline_access'] }, scope: 'openid email profile' },
      ...{ email: 'kay@example.com', email_verified: true, name: 'Kay Cloak' },
    }),
    entry: (jwksUrl) => ({
      issuer: 'https://sso.example.com/realms/app',
      jwksUrl,
      algorithms: ['RS256'],
      audience: 'threadkeep',
      require: { typ: 'Bearer' },
      claims: { email: 'email', name: 'name' },
    }),
  },
  Cognito: {
    header: { alg: 'RS256', kid: 'rs256' },
    payload: (sub) => ({
      iss: 'https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbCdEfGhI',
      ...{ sub, client_id: '1example23456789', token_use: 'access', ...times(), auth_time: now() },
      ...{
        scope: 'aws.cognito.signin.user.admin',
        username: 'ada',
        jti: 'aaaa',
        origin_jti: 'bbbb',
      },
    }),
    entry: (jwksUrl) => ({
      issuer: 'https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbCdEfGhI',
      jwksUrl,
      algorithms: ['RS256'],
      audience: '1example23456789',
      audienceClaim: 'client_id',
      types: [null],
      require: { token_use: 'access' },
    }),
  },
  Google: {
    header: { alg: 'RS256', kid: 'rs256', typ: 'JWT' },
    payload: (sub) => ({
      iss: 'https://accounts.google.com',
      azp: '1234-web.apps.googleusercontent.com',
      aud: '1234-web.apps.googleusercontent.com',
      ...{ sub, ...times(), email: 'gil@gmail.com', email_verified: true, name: 'Gil G' },
      ...{ picture: 'https://lh3.googleusercontent.com/a/x', given_name: 'Gil', family_name: 'G' },
    }),
    entry: (jwksUrl) => ({
      issuer: 'https://accounts.google.com',
      jwksUrl,
      algorithms: ['RS256'],
      audience: '1234-web.apps.googleusercontent.com',
      claims: { email: 'email', name: 'name' },
    }),
  },
};
