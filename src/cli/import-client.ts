// Sends what an import has found, each of it once.
import { createHash } from 'node:crypto';
import type { EntryBody, EntryKind, SourceBlock } from '../conversations/import/formats/index.js';
import type { ClientConfig } from '../platform/config/client-config.js';
import { writeJson } from '../platform/input/exact-json.js';
import { ApiClient, RefusedError, type Wait } from './api-client.js';

export { RefusedError, UnavailableError } from './api-client.js';

export interface Imported {
  /** Id of the conversation. */
  id: string;
  /** False when the conversation was there. */
  imported: boolean;
  /** Messages that were stored. */
  added: number;
  /** Messages that the conversation has now. */
  messages: number;
  /** The seq of the first message that is another one there, or null. */
  differsAt: number | null;
  isDeleted: boolean;
}

/** Where the API keeps entries that have metadata. */
const PATHS: Readonly<Record<EntryKind, string>> = {
  memory: 'v1/memories',
  task: 'v1/tasks',
  event: 'v1/events',
};

export class ImportClient {
  private readonly api: ApiClient;
  /** The ids of entries and the import keys of their metadata, by kind. */
  private readonly known = new Map<EntryKind, Set<string>>();
  private blocks: Record<string, unknown>[] | undefined;

  /** @param user a user id or externalId */
  constructor(
    config: ClientConfig,
    private readonly user: string,
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
    const answer = await this.api.call('POST', 'v1/conversations/import', body);
    const { imported, added = 0, differsAt = null, conversation } = answer.body;
    if (imported === undefined || conversation === undefined) throw this.api.notThreadkeep();
    const { id, lastSeq, deletedAt = null } = conversation;
    return { id, imported, added, messages: lastSeq, differsAt, isDeleted: deletedAt !== null };
  }

  /**
   * Adds an entry unless there is one with the `importKey` of its metadata, or with this id, by
   * which an export names what has no key.
   * @param conversation import key of the conversation that it is of, or null
   * @returns whether it was added
   * @throws RefusedError or UnavailableError
   */
  async add(kind: EntryKind, body: EntryBody, conversation: string | null): Promise<boolean> {
    const known = this.known.get(kind) ?? (await this.listKeys(kind));
    this.known.set(kind, known);
    const { importKey } = body.metadata;
    if (known.has(importKey)) return false;
    const whole =
      conversation === null
        ? body
        : { ...body, conversationId: await this.conversationId(conversation) };
    // A retry after a lost answer adds nothing.
    const key = createHash('sha256')
      .update(`${this.user} ${writeJson(whole)}`)
      .digest('hex');
    const isAdded = await this.post(PATHS[kind], whole, key);
    known.add(importKey);
    return isAdded;
  }

  /** Returns false for what was added and then removed: it stays removed. */
  private async post(path: string, body: object, key: string): Promise<boolean> {
    try {
      const { id } = (await this.api.call('POST', path, body, { 'idempotency-key': key })).body;
      if (id === undefined) throw this.api.notThreadkeep();
      return true;
    } catch (error) {
      if (error instanceof RefusedError && error.status === 410) return false;
      throw error;
    }
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

  /** Importing no messages changes nothing, and tells the id. */
  private async conversationId(importKey: string): Promise<string> {
    return (await this.import({ importKey, messages: [] })).id;
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
