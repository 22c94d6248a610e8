// The settings of commands that call the API: the server's URL and a key. Flags take precedence
// over the environment, and the environment over the file `.env`.
import { environmentWithFile } from './env-file.js';
import { isHttpUrl } from './web-address.js';

const DEFAULT_URL = 'http://127.0.0.1:3000';
const VISIBLE_ASCII = /^[\x21-\x7e]+$/;

export interface ClientConfig {
  url: string;
  apiKey: string;
}

/** Has a message of one line. It never contains values, because a key is a secret. */
export class ClientConfigError extends Error {
  override readonly name = 'ClientConfigError';
}

interface ClientFlags {
  url?: string | undefined;
  key?: string | undefined;
}

/** Whether a server or a key is given, by flags, the environment or `.env`. */
export const namesServer = (
  { url, key }: ClientFlags,
  env: NodeJS.ProcessEnv = environmentWithFile(),
): boolean => Boolean(url || key || env['THREADKEEP_URL'] || env['THREADKEEP_API_KEY']);

/** @throws ClientConfigError that names every missing or wrong flag or variable */
export function loadClientConfig(
  flags: ClientFlags,
  env: NodeJS.ProcessEnv = environmentWithFile(),
): ClientConfig {
  const { THREADKEEP_URL, THREADKEEP_API_KEY } = env;
  const url = flags.url || THREADKEEP_URL || DEFAULT_URL;
  const apiKey = flags.key || THREADKEEP_API_KEY || '';
  const problems: string[] = [];
  if (!isHttpUrl(url))
    problems.push('--url (or THREADKEEP_URL) must be an http:// or https:// address');
  if (apiKey === '') problems.push('--key (or THREADKEEP_API_KEY) is missing');
  else if (!VISIBLE_ASCII.test(apiKey))
    problems.push('--key (or THREADKEEP_API_KEY) must be visible ASCII without spaces');
  if (problems.length > 0) throw new ClientConfigError(problems.join('; '));
  return { url, apiKey };
}
