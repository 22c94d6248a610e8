// Sends what an import has found, each of it once.
import { createHash, randomUUID } from 'node:crypto';
import type { EntryBody, EntryKind, SourceBlock } from '../conversations/import/formats/index.js';
import type { ClientConfig } from '../platform/config/client-config.js';
import { writeJson } from '../platform/input/exact-json.js';
import {
  type ApiAnswer,
  ApiClient,
  RefusedError,
  UnavailableError,
  type Wait,
} from './api-client.js';

export { RefusedError, UnavailableError } from './api-client.js';

export interface Imported {
  /** Id of the conversation. */
  id: string;
  /** False when the conversation was there. */
  imported: boolean;
  /** Messages that were stored. */
  added: number;
  /** How many of them begin a branch. */
  branches: number;
  /** Messages that the conversation has now. */
  messages: number;
  /** The seq of the first message that is another one there, or null. */
  differsAt: number | null;
  isDeleted: boolean;
  /** Messages of the source that were removed or redacted here. */
  erased: number;
}

/** What became of an entry: `deleted` was deleted here, and stays so. */
export type Added = 'added' | 'known' | 'deleted';

/** Where the API keeps entries that have metadata. */
const PATHS: Readonly<Record<EntryKind, string>> = {
  memory: 'v1/memories',
  task: 'v1/tasks',
  event: 'v1/events',
};

const BATCH_PATH = 'v1/conversations/import/batch';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** What is known of a conversation that was deleted for good. */
const PURGED: Imported = {
  id: '',
  imported: false,
  added: 0,
  branches: 0,
  messages: 0,
  differsAt: null,
  isDeleted: true,
  erased: 0,
};

/** Returns null for what was deleted here. */
async function unlessGone(call: () => Promise<ApiAnswer>): Promise<ApiAnswer | null> {
  try {
    return await call();
  } catch (error) {
    if (error instanceof RefusedError && error.status === 410) return null;
    throw error;
  }
}

export class ImportClient {
  private readonly api: ApiClient;
  private takesBatches = true;
  /** The ids of entries and the import keys of their metadata, by kind. */
  private readonly known = new Map<EntryKind, Set<string>>();
  /** The ids of conversations by import key, of those that this run has met. */
  private readonly conversations = new Map<string, string>();
  private blocks: Record<string, unknown>[] | undefined;

  /**
   * @param user a user id or externalId
   * @param again whether to bring back what was deleted here
   */
  constructor(
    config: ClientConfig,
    private readonly user: string,
    private readonly again = false,
    wait?: Wait,
  ) {
    this.api = new ApiClient(config, user, wait);
  }

  /**
   * Imports one conversation, or some of its messages. Repeating the call is harmless, because the
   * import key identifies the conversation.
   * @throws RefusedError or UnavailableError
   */
  async import(body: object): Promise<Imported> {
    return this.imported(body, () =>
      this.api.call('POST', 'v1/conversations/import', this.whole(body)),
    );
  }

  /**
   * Imports several conversations; one by one where the server does not take them together.
   * @returns for each what became of it, or why it was refused
   * @throws RefusedError or UnavailableError when nothing is known of them
   */
  async importAll(bodies: readonly object[]): Promise<(Imported | Error)[]> {
    const outcomes = bodies.length > 1 && this.takesBatches ? await this.batch(bodies) : null;
    const results: (Imported | Error)[] = [];
    for (const [i, body] of bodies.entries()) {
      const last = results.at(-1);
      // The server is gone, or refuses all.
      if (!outcomes && last instanceof UnavailableError) results.push(last);
      else {
        const one = outcomes
          ? this.imported(body, () => this.answerIn(outcomes[i]))
          : this.import(body);
        results.push(await one.catch((error: unknown) => error as Error));
      }
    }
    return results;
  }

  /** Returns null when the server does not take these, or no batch at all. */
  private async batch(bodies: readonly object[]): Promise<Record<string, unknown>[] | null> {
    const conversations = bodies.map((body) => this.whole(body));
    try {
      const { body } = await this.api.call('POST', BATCH_PATH, { conversations });
      if (body.data?.length !== bodies.length) throw this.api.notThreadkeep();
      return body.data;
    } catch (error) {
      // A server of an earlier release.
      if (error instanceof UnavailableError && error.status === 404) this.takesBatches = false;
      else if (!(error instanceof RefusedError)) throw error;
      return null;
    }
  }

  /** @throws as a call for this one alone */
  private async answerIn(outcome: Record<string, unknown> | undefined): Promise<ApiAnswer> {
    const { result, problem } = (outcome ?? {}) as {
      result?: ApiAnswer['body'] | null;
      problem?: (ApiAnswer['body'] & { status: number }) | null;
    };
    const status = problem?.status ?? 200;
    return this.api.checked({ status, retryAfter: 0, body: problem ?? result ?? {} });
  }

  private whole(body: object): object {
    return this.again ? { ...body, again: true } : body;
  }

  private async imported(body: object, call: () => Promise<ApiAnswer>): Promise<Imported> {
    const answer = await unlessGone(call);
    if (answer === null) return PURGED;
    const { imported, added = 0, branches = 0, differsAt = null, erased = 0 } = answer.body;
    const { conversation } = answer.body;
    if (imported === undefined || conversation === undefined) throw this.api.notThreadkeep();
    const { id, lastSeq, deletedAt = null } = conversation;
    const isDeleted = deletedAt !== null;
    const { importKey } = body as { importKey?: unknown };
    if (typeof importKey === 'string') this.conversations.set(importKey, id);
    const counts = { added, branches, messages: lastSeq, erased };
    return { id, imported, ...counts, differsAt, isDeleted };
  }

  /**
   * Adds an entry unless there is one with the `importKey` of its metadata, or with this id, by
   * which an export names what has no key.
   * @param conversation import key of the conversation that it is of, or null
   * @throws RefusedError or UnavailableError
   */
  async add(kind: EntryKind, body: EntryBody, conversation: string | null): Promise<Added> {
    const known = this.known.get(kind) ?? (await this.listKeys(kind));
    this.known.set(kind, known);
    const { importKey } = body.metadata;
    if (known.has(importKey) || (UUID.test(importKey) && known.has(importKey.toLowerCase())))
      return 'known';
    const id = conversation === null ? null : await this.findConversation(conversation);
    // Without its conversation, a memory for that one would hold for all.
    if (id === null && conversation !== null && kind === 'memory')
      throw new RefusedError(`the conversation ${conversation}, which it is for, is not there`);
    const whole = id === null ? body : { ...body, conversationId: id };
    const isAdded = await this.post(kind, whole);
    known.add(importKey);
    return isAdded ? 'added' : 'deleted';
  }

  /** Returns false for what was deleted here: it stays so. */
  private async post(kind: EntryKind, body: object): Promise<boolean> {
    const path = this.again ? PATHS[kind] : `${PATHS[kind]}?unlessDeleted=true`;
    const headers = { 'idempotency-key': this.retryKey(body) };
    const answer = await unlessGone(() => this.api.call('POST', path, body, headers));
    if (answer !== null && answer.body.id === undefined) throw this.api.notThreadkeep();
    return answer !== null;
  }

  /**
   * A retry after a lost answer adds nothing, also in another run. What is brought back has a key of
   * its own, because the answer to the first one is gone.
   */
  private retryKey(body: object): string {
    if (this.again) return randomUUID();
    return createHash('sha256')
      .update(`${this.user} ${writeJson(body)}`)
      .digest('hex');
  }

  /**
   * Writes a memory block unless there is one of its name.
   * @returns whether it was written
   * @throws RefusedError when the block that is there says something else
   */
  async putBlock({ label, agentId, content }: SourceBlock): Promise<boolean> {
    this.blocks ??= (await this.api.call('GET', 'v1/memory-blocks')).body.data ?? [];
    const known = this.blocks.find(
      (block) => block['label'] === label && (block['agentId'] ?? null) === agentId,
    );
    if (known && known['content'] !== content)
      throw new RefusedError(`there is another memory block ${label}, which stays`);
    if (known) return false;
    const query = agentId === null ? '' : `?${new URLSearchParams({ agentId }).toString()}`;
    const path = `v1/memory-blocks/${encodeURIComponent(label)}${query}`;
    await this.api.call('PUT', path, { content, expectedVersion: 0 });
    return true;
  }

  /** Returns the id of a conversation, which may be one that can be restored; or null. */
  private async findConversation(importKey: string): Promise<string | null> {
    const known = this.conversations.get(importKey);
    if (known !== undefined) return known;
    const fields = UUID.test(importKey) ? ['key', 'id'] : ['key'];
    for (const field of fields)
      for (const status of [{}, { status: 'deleted' }]) {
        const filter = { [`filter[${field}]`]: importKey, fields: 'id', ...status };
        for await (const { id } of this.api.list('v1/conversations', filter)) {
          this.conversations.set(importKey, id as string);
          return id as string;
        }
      }
    return null;
  }

  private async listKeys(kind: EntryKind): Promise<Set<string>> {
    const keys = new Set<string>();
    for await (const { id, metadata } of this.api.list(PATHS[kind], { fields: 'id,metadata' })) {
      const { importKey } = (metadata ?? {}) as { importKey?: unknown };
      for (const key of [id, importKey]) if (typeof key === 'string') keys.add(key);
    }
    return keys;
  }
}
