// The settings of commands that call the API: the server's URL and a key. Flags take precedence
// over the environment, and the environment over the file `.env`.
import { z } from 'zod';
import { environmentWithFile } from './env-file.js';

const httpUrl = z.string().refine(isHttpUrl, 'must be an http:// or https:// address');

const clientSchema = z.object({
  THREADKEEP_URL: httpUrl.default('http://127.0.0.1:3000'),
  THREADKEEP_API_KEY: z
    .string('is missing')
    .regex(/^[\x21-\x7e]+$/, 'must be visible ASCII without spaces'),
});

const flagOf: Record<string, string> = { THREADKEEP_URL: '--url', THREADKEEP_API_KEY: '--key' };

export interface ClientConfig {
  url: string;
  apiKey: string;
}

/** Has a message of one line. It never contains values, because a key is a secret. */
export class ClientConfigError extends Error {
  override readonly name = 'ClientConfigError';
}

/** @throws ClientConfigError that names every missing or wrong flag or variable */
export function loadClientConfig(
  flags: { url?: string | undefined; key?: string | undefined },
  env: NodeJS.ProcessEnv = environmentWithFile(),
): ClientConfig {
  const parsed = clientSchema.safeParse({
    THREADKEEP_URL: flags.url || env['THREADKEEP_URL'] || undefined,
    THREADKEEP_API_KEY: flags.key || env['THREADKEEP_API_KEY'] || undefined,
  });
  if (parsed.success)
    return { url: parsed.data.THREADKEEP_URL, apiKey: parsed.data.THREADKEEP_API_KEY };
  const problems = parsed.error.issues.map(
    ({ path, message }) => `${flagOf[String(path[0])]} (or ${String(path[0])}) ${message}`,
  );
  throw new ClientConfigError(problems.join('; '));
}

/** fetch refuses a URL with credentials. */
function isHttpUrl(text: string): boolean {
  const url = URL.canParse(text) ? new URL(text) : null;
  return (
    url !== null && /^https?:$/.test(url.protocol) && url.username === '' && url.password === ''
  );
}
