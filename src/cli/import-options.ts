// Parses the command line of `threadkeep import`.
import { type ClientConfig, loadClientConfig } from '../platform/config/client-config.js';
import { invocationOf } from '../platform/config/invocation.js';
import { parsedArgs, UsageError } from './terminal.js';

export const usage =
  () => `Usage: ${invocationOf('import')} PATH... [--user ID] [--memories] [--again] [--dry-run] [--url URL] [--key KEY] [--on-error stop|skip]

  PATH        what was exported: a file, a ZIP, or a folder. Read are exports of ChatGPT, Claude.ai, Gemini (Google Takeout),
              LibreChat and Open WebUI; OpenAI chat, ShareGPT, OpenAssistant, LMSYS, LangChain and LoCoMo files; memories of mem0
              and Letta (.af); and what export writes. The content tells which it is, not the name
  --user      whose they become: a user id or externalId (default: import)
  --memories  also imports as memories what ChatGPT and Claude remembered of you
  --again     brings back what was deleted here: conversations and memories. Without it they stay deleted
  --dry-run   reads everything, sends nothing, and says what would be imported
  --url       the server (default: THREADKEEP_URL or http://127.0.0.1:3000)
  --key       an API key (default: THREADKEEP_API_KEY, which other users of this machine cannot see)
  --on-error  what a bad line does: stop (default) or skip`;

export interface ImportOptions {
  paths: string[];
  user: string;
  /** Whether to import what other products remembered (`--memories`). */
  memories: boolean;
  /** Whether to bring back what was deleted on the server (`--again`). */
  again: boolean;
  /** Whether to skip conversations that fail (`--on-error skip`). */
  skip: boolean;
  /** Null for `--dry-run`, which calls no server. */
  config: ClientConfig | null;
}

const flags = {
  user: { type: 'string', default: 'import' },
  memories: { type: 'boolean', default: false },
  again: { type: 'boolean', default: false },
  'dry-run': { type: 'boolean', default: false },
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
  const { values, positionals: paths } = parsedArgs(
    { args, options: flags, allowPositionals: true },
    usage(),
  );
  if (values.help) return null;
  const onError = values['on-error'];
  if (paths.length === 0) throw new UsageError(`Name what to import.\n\n${usage()}`);
  if (onError !== 'stop' && onError !== 'skip')
    throw new UsageError('--on-error must be stop or skip');
  return {
    paths,
    user: values.user,
    memories: values.memories,
    again: values.again,
    skip: onError === 'skip',
    config: values['dry-run'] ? null : loadClientConfig(values),
  };
}
