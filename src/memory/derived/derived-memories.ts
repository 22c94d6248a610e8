// Finds and erases memories that derive from a conversation (those with a source message of it in
// any version, and those for this conversation only), or from single messages.
import { Injectable, type OnModuleInit } from '@nestjs/common';
import {
  type Derivation,
  Derivations,
  type Derived,
  type ErasedMessage,
} from '../../conversations/index.js';
import { DerivedMemoriesRepository } from './derived-memories.repository.js';
import { MemoryErasure } from '../writes/memory-erasure.js';
import { MemoryWritesRepository } from '../writes/memory-writes.repository.js';

@Injectable()
export class DerivedMemories implements Derivation, OnModuleInit {
  readonly kind = 'memory';

  constructor(
    private readonly derivations: Derivations,
    private readonly rows: DerivedMemoriesRepository,
    private readonly writes: MemoryWritesRepository,
    private readonly erasure: MemoryErasure,
  ) {}

  onModuleInit(): void {
    this.derivations.register(this);
    this.derivations.registerOfMessages({
      kind: this.kind,
      find: (messages, limit) => this.rows.findOfMessages(idsOf(messages), limit),
      forget: async (messages, limit) =>
        this.erase(
          (await this.rows.findOfMessages(idsOf(messages), limit)).ids,
          'the message it came from was erased',
        ),
    });
  }

  find = (conversationIds: string[], limit: number): Promise<Derived> =>
    this.rows.find(conversationIds, limit);

  forget = async (conversationIds: string[], limit: number): Promise<number> => {
    const { ids } = await this.rows.find(conversationIds, limit);
    return this.erase(ids, 'the conversation it came from was purged');
  };

  private async erase(ids: string[], reason: string): Promise<number> {
    if (ids.length === 0) return 0;
    const written = await this.writes.nextRevision();
    for (const id of ids) await this.erasure.erase(id, written, { reason });
    return ids.length;
  }
}

const idsOf = (messages: ErasedMessage[]): string[] => messages.map(({ id }) => id);
