// `npm run import -- FILE`: sends the conversations of a file to a server one by one, and prints
// the progress.
import {
  FormatError,
  readConversation,
  type SourceConversation,
} from '../conversations/import/formats/index.js';
import { ClientConfigError } from '../platform/config/client-config.js';
import { EnvFileError } from '../platform/config/env-file.js';
import type { AppError } from '../platform/errors/index.js';
import { parseJson } from '../platform/input/json-guard.js';
import { ImportClient, RefusedError, UnavailableError } from './import-client.js';
import { type ImportOptions, readOptions, UsageError, USAGE } from './import-options.js';
import { readRecords, type SourceRecord } from './records.js';

export interface Output {
  out: (line: string) => void;
  error: (line: string) => void;
}

/** 0: all are imported. 1: a conversation failed. 2: the command could not run or continue. */
export type ImportExitCode = 0 | 1 | 2;

const HOW_TO_CONTINUE = 'run the same command again: what is there already is not imported twice.';

/** The server checks the limits. Here only numbers and texts must be kept exactly. */
const JSON_LIMITS = { depth: 500, nodes: Infinity };

export async function runImport(args: string[], output: Output): Promise<ImportExitCode> {
  try {
    const options = readOptions(args);
    if (options) return await new Import(options, output).run();
    output.out(USAGE);
    return 0;
  } catch (error) {
    const isExpected =
      error instanceof UsageError ||
      error instanceof ClientConfigError ||
      error instanceof EnvFileError;
    if (!isExpected) throw error;
    output.error(error.message);
    return 2;
  }
}

class Import {
  private imported = 0;
  private known = 0;
  private failed = 0;
  private readonly client: ImportClient;

  constructor(
    private readonly options: ImportOptions,
    private readonly output: Output,
  ) {
    this.client = new ImportClient(options.config, options.user);
  }

  async run(): Promise<ImportExitCode> {
    const code = await this.everyRecord();
    if (code !== 2 || this.imported + this.known + this.failed > 0) {
      this.output.out(
        `${this.imported} imported, ${this.known} already there, ${this.failed} failed`,
      );
    }
    return code;
  }

  private async everyRecord(): Promise<ImportExitCode> {
    try {
      for await (const record of readRecords(this.options.file)) {
        if ((await this.one(record)) || this.options.skip) continue;
        this.output.error(
          `Stopped. Correct ${record.where} or add --on-error skip, and ${HOW_TO_CONTINUE}`,
        );
        return 1;
      }
      return this.failed > 0 ? 1 : 0;
    } catch (error) {
      return this.broken(error);
    }
  }

  /**
   * Imports one conversation.
   * @returns false when it failed
   */
  private async one(record: SourceRecord): Promise<boolean> {
    try {
      const { name, body, warnings = [] } = parseConversation(record);
      const { imported, messages } = await this.client.import(body);
      this[imported ? 'imported' : 'known']++;
      for (const warning of warnings)
        this.output.error(`${record.where}: warning: ${oneLine(warning, 1000)}`);
      this.output.out(
        `${record.number} ${oneLine(name, 80)}: ${imported ? `imported, ${messages} messages` : 'already there'}`,
      );
      return true;
    } catch (error) {
      if (!(error instanceof FormatError || error instanceof RefusedError)) throw error;
      this.failed++;
      this.output.error(`${record.where}: ${oneLine(error.message, 1000)}`);
      return false;
    }
  }

  /** Reports an error that ends the run: the server is unavailable or the file cannot be read. */
  private broken(error: unknown): ImportExitCode {
    if (error instanceof UnavailableError) {
      this.output.error(
        this.imported + this.known > 0
          ? `${error.message}. Stopped. To go on, ${HOW_TO_CONTINUE}`
          : error.message,
      );
      return 2;
    }
    if (!(error instanceof FormatError) && !isFileError(error)) throw error;
    this.output.error(`cannot read ${this.options.file}: ${error.message}`);
    if (isFileError(error)) return 2;
    this.failed++;
    return 1;
  }
}

const isFileError = (error: unknown): error is NodeJS.ErrnoException =>
  typeof (error as NodeJS.ErrnoException).syscall === 'string';

/**
 * Parses one record.
 * @throws FormatError when it is not JSON or not a conversation
 */
function parseConversation({ bytes }: SourceRecord): SourceConversation {
  return readConversation(exactJson(bytes), bytes.toString('utf8'));
}

function exactJson(bytes: Buffer): unknown {
  try {
    return parseJson(bytes, JSON_LIMITS, true);
  } catch (error) {
    const { definition, message } = error as AppError;
    throw new FormatError(definition.status === 400 ? 'not JSON in UTF-8' : message);
  }
}

/** Replaces control characters, which a title may contain and a terminal must not receive. */
const oneLine = (text: string, length: number): string =>
  text.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').slice(0, length);
