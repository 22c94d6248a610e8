// `threadkeep import PATH`: sends what an export holds to a server, a few conversations at a time, and
// prints the progress in the order of the export.
import {
  FormatError,
  type SourceBlock,
  type SourceConversation,
  type SourceEntry,
  type SourceItem,
  SourceReader,
} from '../conversations/import/formats/index.js';
import { ClientConfigError } from '../platform/config/client-config.js';
import { EnvFileError } from '../platform/config/env-file.js';
import type { AppError } from '../platform/errors/index.js';
import { parseJson } from '../platform/input/json-guard.js';
import { BATCH_WEIGHT, ImportBatches, weightOf } from './import-batches.js';
import { type Added, ImportClient, RefusedError, UnavailableError } from './import-client.js';
import { type Outcome, sendConversation } from './import-conversation.js';
import { type ImportOptions, readOptions, usage } from './import-options.js';
import { ImportProgress } from './import-progress.js';
import { ImportTotals } from './import-totals.js';
import { InOrder } from './in-order.js';
import { OtherFileError, readRecords, refuseOthers } from './records.js';
import { type SourceFile, sourceFiles } from './source-files.js';
import { type Terminal, UsageError } from './terminal.js';

/** 0: all are imported. 1: something is not. 2: the command could not run or continue. */
export type ImportExitCode = 0 | 1 | 2;

const HOW_TO_CONTINUE = 'run the same command again: what is there already is not imported twice.';

/** Two batches are under way while another one is gathered. */
const MAX_SENT_AT_A_TIME = 3 * BATCH_WEIGHT;

/** The server checks the limits. Here only numbers and texts must be kept exactly. */
const JSON_LIMITS = { depth: 500, nodes: Infinity };

export async function runImport(args: string[], output: Terminal): Promise<ImportExitCode> {
  try {
    const options = readOptions(args);
    if (options) return await new Import(options, output).run();
    output.out(usage());
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

/** What is said of one conversation. */
interface Report {
  where: string;
  name: string;
  told: (what: string) => void;
  warn: (warning: string) => void;
}

/** A bad conversation ends the import; `where` says what to correct. */
class StopError extends Error {
  constructor(readonly where: string) {
    super();
  }
}

class Import {
  private readonly client: ImportClient | null;
  private readonly batches: ImportBatches | null;
  private readonly progress: ImportProgress;
  private readonly totals = new ImportTotals();
  private readonly sending = new InOrder(MAX_SENT_AT_A_TIME);
  /** The path that is being read. */
  private path = '';

  constructor(
    private readonly options: ImportOptions,
    private readonly output: Terminal,
  ) {
    this.client = options.config && new ImportClient(options.config, options.user, options.again);
    this.batches = this.client && new ImportBatches(this.client);
    this.progress = new ImportProgress(output.error);
  }

  async run(): Promise<ImportExitCode> {
    const code = await this.everyPath();
    if (code !== 2 || !this.totals.isEmpty) this.output.out(this.totals.line(this.client === null));
    return code;
  }

  private async everyPath(): Promise<ImportExitCode> {
    try {
      for (this.path of this.options.paths) {
        const before = this.totals.items;
        let skipped = '';
        for await (const file of sourceFiles(this.path))
          skipped = (await this.file(file)) ?? skipped;
        await this.sending.drain();
        if (skipped !== '' && this.totals.items === before) throw new FormatError(skipped);
      }
      return this.totals.failed > 0 ? 1 : 0;
    } catch (error) {
      this.batches?.stop();
      await this.sending.drainDone();
      if (!(error instanceof StopError)) return this.broken(error);
      this.output.error(
        `Stopped. Correct ${error.where} or add --on-error skip, and ${HOW_TO_CONTINUE}`,
      );
      return 1;
    }
  }

  /**
   * Imports one file. A ZIP or folder holds other files, too, such as pictures: these are skipped.
   * @returns why it was skipped, or null
   */
  private async file({ name, chunks }: SourceFile): Promise<string | null> {
    const reader = new SourceReader();
    const prefix = name === null ? '' : `${oneLine(name, 200)} `;
    let last = `${prefix}line 1`;
    let number = 0;
    let isKnown = name === null;
    try {
      for await (const record of readRecords(this.progress.count(refuseOthers(chunks())))) {
        ({ number } = record);
        last = `${prefix}${record.where}`;
        const read = () => reader.read(exactJson(record.bytes), record.bytes.toString('utf8'));
        const first = isKnown ? null : ofKnownFile(read);
        isKnown = true;
        await this.items(first ? () => first : read, number, last);
      }
    } catch (error) {
      if (name === null || !(error instanceof OtherFileError)) throw error;
      const reason = `${name}: ${error.message}`;
      if (isJsonName(name)) this.output.error(`Skipped ${oneLine(reason, 1000)}`);
      return reason;
    }
    await this.items(() => reader.end(), number, last);
    return null;
  }

  /** @param read returns what a record completes */
  private async items(read: () => SourceItem[], number: number, where: string): Promise<void> {
    const items = await this.read(read, where);
    for (const item of items) {
      if (item.kind === 'conversation') await this.one(item, number, where);
      else {
        // It may be of a conversation that is being sent.
        await this.sending.drain();
        await this.tried(where, () => this.other(item, where));
      }
      this.progress.done();
    }
  }

  /** What is wrong is told after the results of what was read before. */
  private async read(read: () => SourceItem[], where: string): Promise<SourceItem[]> {
    try {
      return read();
    } catch (error) {
      await this.sending.drain();
      await this.tried(where, () => {
        throw error;
      });
      return [];
    }
  }

  /** @throws StopError when the work failed because of what it was given, unless that is skipped */
  private async tried(where: string, work: () => Promise<void> | void): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof FormatError || error instanceof RefusedError)) throw error;
      this.totals.failed++;
      this.output.error(`${where}: ${oneLine(error.message, 1000)}`);
      if (!this.options.skip) throw new StopError(where);
    }
  }

  private async one(source: SourceConversation, number: number, where: string): Promise<void> {
    const name = oneLine(source.name, 80);
    const told = (what: string) => this.output.out(`${number} ${name}: ${what}`);
    const warn = (warning: string) => {
      this.totals.warnings++;
      this.output.error(`${where}, ${name}: warning: ${oneLine(warning, 1000)}`);
    };
    source.warnings.forEach(warn);
    if (!this.batches) {
      const { messages } = source.body;
      this.totals.imported++;
      told(`${Array.isArray(messages) ? messages.length : 0} messages`);
      return;
    }
    const weight = weightOf(source.body);
    const client = this.batches.of(weight);
    await this.sending.add(
      { key: source.body['importKey'], weight },
      () => sendConversation(client, source),
      (outcome) =>
        this.tried(where, () => {
          this.sent(outcome(), { where, name, told, warn });
        }),
    );
  }

  private sent(outcome: Outcome, { where, name, told, warn }: Report): void {
    outcome.warnings.forEach(warn);
    const { imported, added, branches, messages, differsAt, isDeleted, missing, erased } = outcome;
    if (differsAt !== null || missing > 0) {
      this.totals.failed++;
      const newer = missing > 0 ? `${missing} newer messages are not imported: ` : '';
      const place = `message ${differsAt ?? messages}`;
      this.output.error(`${where}, ${name}: ${newer}${place} is another one there`);
    } else if (imported) this.totals.imported++;
    else if (added > 0) this.totals.grown++;
    else this.totals.known++;
    const of = branches > 0 ? `, ${branches} branches` : '';
    if (imported) told(`imported, ${messages} messages${of}`);
    else if (added > 0) told(`${added} new messages imported${of}`);
    else told(isDeleted ? 'was deleted here' : 'already there');
    if (isDeleted) warn(`the conversation ${STAYS_DELETED}`);
    if (erased > 0) warn(`${erased} messages were removed or redacted here, and stay so`);
  }

  private async other(item: SourceEntry | SourceBlock, where: string): Promise<void> {
    if (item.kind !== 'block' && item.isOffered && !this.options.memories) {
      this.totals.offered++;
      return;
    }
    const added = this.client === null ? 'added' : await sendOther(this.client, item);
    if (added === 'added') this.totals.add(item.kind);
    else this.totals.known++;
    if (added === 'deleted') {
      this.totals.warnings++;
      const name = oneLine(item.name, 80);
      this.output.error(`${where}, ${name}: warning: the ${item.kind} ${STAYS_DELETED}`);
    }
  }

  /** Reports an error that ends the run: the server is unavailable or the file cannot be read. */
  private broken(error: unknown): ImportExitCode {
    if (error instanceof UnavailableError) {
      this.output.error(
        this.totals.items > 0
          ? `${error.message}. Stopped. To go on, ${HOW_TO_CONTINUE}`
          : error.message,
      );
      return 2;
    }
    if (!(error instanceof FormatError) && !isFileError(error)) throw error;
    this.output.error(`cannot read ${this.path}: ${error.message}`);
    if (isFileError(error)) return 2;
    this.totals.failed++;
    return 1;
  }
}

async function sendOther(client: ImportClient, item: SourceEntry | SourceBlock): Promise<Added> {
  if (item.kind !== 'block') return client.add(item.kind, item.body, item.conversation);
  return (await client.putBlock(item)) ? 'added' : 'known';
}

const STAYS_DELETED = 'was deleted here, and stays so; --again brings it back';

const isFileError = (error: unknown): error is NodeJS.ErrnoException =>
  typeof (error as NodeJS.ErrnoException).syscall === 'string';

/**
 * The first value tells whether a file of a ZIP or folder is one to import.
 * @throws OtherFileError when it is not
 */
function ofKnownFile(read: () => SourceItem[]): SourceItem[] {
  try {
    return read();
  } catch (error) {
    throw error instanceof FormatError ? new OtherFileError(error.message) : error;
  }
}

/** @throws FormatError when the bytes are not JSON */
function exactJson(bytes: Buffer): unknown {
  try {
    return parseJson(bytes, JSON_LIMITS, true);
  } catch (error) {
    const { definition, message } = error as AppError;
    throw new FormatError(definition.status === 400 ? 'not JSON in UTF-8' : message);
  }
}

/** Only files that look like data are worth a word when they are skipped. */
const isJsonName = (name: string): boolean => /\.(?:jsonl?|ndjson|af)$/i.test(name);

/** Replaces control characters, which a title may contain and a terminal must not receive. */
const oneLine = (text: string, length: number): string =>
  text.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').slice(0, length);
