// `threadkeep export`: writes what a user has as JSON lines, which `threadkeep import` reads.
import { createWriteStream } from 'node:fs';
import { once } from 'node:events';
import { finished } from 'node:stream/promises';
import {
  type ClientConfig,
  ClientConfigError,
  loadClientConfig,
} from '../platform/config/client-config.js';
import { EnvFileError } from '../platform/config/env-file.js';
import { invocationOf } from '../platform/config/invocation.js';
import { ApiClient, RefusedError, UnavailableError } from './api-client.js';
import { convertedLines, exportLines } from './export-lines.js';
import { parsedArgs, UsageError } from './terminal.js';

const usage =
  () => `Usage: ${invocationOf('export').replace('run', 'run --silent')} --user ID [--conversation ID] [--out FILE] [--format DIALECT] [--url URL] [--key KEY]

  --user          whose: a user id or externalId
  --conversation  only this conversation
  --out           the file to write (default: standard output)
  --format        messages as other tools take them, such as openai or anthropic. Only what
                  conversations show is written then, and cannot be imported again as it was
  --url           the server (default: THREADKEEP_URL or http://127.0.0.1:3000)
  --key           an API key (default: THREADKEEP_API_KEY, which other users of this machine cannot see)

Writes conversations with their messages, memories, memory blocks, tasks and events as JSON lines, for import.
Not written are what was deleted, earlier versions, sources of memories, and agent configurations.`;

export interface ExportOutput {
  out: NodeJS.WritableStream;
  error: (line: string) => void;
}

interface ExportOptions {
  user: string;
  conversation: string | null;
  /** Null for bodies of the import. */
  format: string | null;
  /** Null for standard output. */
  file: string | null;
  config: ClientConfig;
}

const flags = {
  user: { type: 'string' },
  conversation: { type: 'string' },
  format: { type: 'string' },
  out: { type: 'string' },
  url: { type: 'string' },
  key: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;

/** @returns 0: all is written; 1: something is not; 2: the command could not run or continue */
export async function runExport(args: string[], output: ExportOutput): Promise<0 | 1 | 2> {
  try {
    const options = readOptions(args);
    if (options === null) {
      output.out.write(`${usage()}\n`);
      return 0;
    }
    return await write(options, output);
  } catch (error) {
    const isExpected =
      error instanceof ClientConfigError ||
      error instanceof EnvFileError ||
      error instanceof RefusedError ||
      error instanceof UnavailableError ||
      error instanceof UsageError ||
      typeof (error as NodeJS.ErrnoException).syscall === 'string';
    if (!isExpected) throw error;
    output.error((error as Error).message);
    return 2;
  }
}

/** @throws UsageError for wrong arguments, ClientConfigError for a wrong URL or key */
function readOptions(args: string[]): ExportOptions | null {
  const { values } = parsedArgs({ args, options: flags }, usage());
  if (values.help) return null;
  if (!values.user) throw new UsageError(`--user is missing\n\n${usage()}`);
  return {
    user: values.user,
    conversation: values.conversation ?? null,
    format: values.format ?? null,
    file: values.out ?? null,
    config: loadClientConfig(values),
  };
}

async function write(
  { user, conversation, format, file, config }: ExportOptions,
  { out, error }: ExportOutput,
): Promise<0 | 1> {
  const target = file === null ? out : createWriteStream(file);
  if (file !== null) await once(target, 'open');
  let lines = 0;
  let failed = 0;
  const warn = (warning: string) => {
    failed++;
    error(warning);
  };
  const api = new ApiClient(config, user);
  const written =
    format === null
      ? exportLines(api, conversation, warn)
      : convertedLines(api, conversation, format, warn);
  for await (const line of written) {
    lines++;
    if (!target.write(line)) await once(target, 'drain');
  }
  if (file !== null) {
    target.end();
    await finished(target);
  }
  error(`${lines} lines written${failed > 0 ? `, ${failed} things are not` : ''}`);
  return failed > 0 ? 1 : 0;
}
