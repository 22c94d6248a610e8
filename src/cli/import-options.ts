// Parses the command line of `npm run import`.
import { parseArgs } from 'node:util';
import { type ClientConfig, loadClientConfig } from '../platform/config/client-config.js';

export const USAGE = `Usage: npm run import -- FILE [--user ID] [--url URL] [--key KEY] [--on-error stop|skip]

  FILE        conversations as JSONL (Threadkeep's own format, LoCoMo), or a ChatGPT export (conversations.json)
  --user      whose they become: a user id or externalId (default: import)
  --url       the server (default: THREADKEEP_URL or http://127.0.0.1:3000)
  --key       an API key (default: THREADKEEP_API_KEY, which other users of this machine cannot see)
  --on-error  what a bad line does: stop (default) or skip`;

export interface ImportOptions {
  file: string;
  user: string;
  /** Whether to skip conversations that fail (`--on-error skip`). */
  skip: boolean;
  config: ClientConfig;
}

/** The arguments are wrong. The message says which. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

const flags = {
  user: { type: 'string', default: 'import' },
  url: { type: 'string' },
  key: { type: 'string' },
  'on-error': { type: 'string', default: 'stop' },
  help: { type: 'boolean', short: 'h' },
} as const;

/**
 * Returns the options, or null for `--help`.
 * @throws UsageError for wrong arguments
 * @throws ClientConfigError when the URL or the key is missing or wrong
 */
export function readOptions(args: string[]): ImportOptions | null {
  const { values, positionals } = parsed(args);
  if (values.help) return null;
  const [file, ...rest] = positionals;
  const onError = values['on-error'];
  if (!file || rest.length > 0) throw new UsageError(`Name one file to import.\n\n${USAGE}`);
  if (onError !== 'stop' && onError !== 'skip')
    throw new UsageError('--on-error must be stop or skip');
  return { file, user: values.user, skip: onError === 'skip', config: loadClientConfig(values) };
}

function parsed(args: string[]) {
  try {
    return parseArgs({ args, options: flags, allowPositionals: true });
  } catch (error) {
    throw new UsageError(`${(error as Error).message}\n\n${USAGE}`);
  }
}
