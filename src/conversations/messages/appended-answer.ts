// Stores where the messages of an append are, in place of its answer. Content never changes, so a
// replay reads it again. Feedback does, and is left out.
import { Injectable } from '@nestjs/common';
import type { AnswerReference } from '../../platform/idempotency/index.js';
import { type MessageDto, type MessageListDto, toMessageDto } from '../dto/message.dto.js';
import { SealedMessages } from '../sealing/sealed-messages.js';
import { MarkedMessagesRepository } from './marked/marked-messages.repository.js';
import { type MessageRow, MessagesRepository } from './messages.repository.js';
import { UnfinishedMessages } from './unfinished/unfinished-messages.service.js';
import { MAX_INTEGER } from '../../platform/input/index.js';

/** No limit on a replayed answer: the append had the same size, and its body was limited. */
const NO_BYTE_LIMIT = MAX_INTEGER;

interface AppendedReference {
  conversationId: string;
  firstSeq: number;
  /**
   * Metadata of each message as it was sent, because jsonb changes the order of keys; null for none.
   * True: as it is stored, which is as it was sent where messages are sealed.
   */
  metadata: (MessageDto['metadata'] | true | null)[];
}

/** Of messages of which some were there already: the numbers do not follow each other. */
interface ScatteredReference {
  scattered: Omit<AppendedReference, 'firstSeq'> & { ids: string[] };
}

@Injectable()
export class AppendedAnswer implements AnswerReference {
  constructor(
    private readonly messages: MessagesRepository,
    private readonly marked: MarkedMessagesRepository,
    private readonly unfinished: UnfinishedMessages,
    private readonly sealing: SealedMessages,
  ) {}

  refer = (answer: unknown): AppendedReference | ScatteredReference => {
    const { data } = answer as MessageListDto;
    const [{ conversationId, seq: firstSeq }] = data as [MessageDto];
    const metadata = data.map(({ metadata: sent }) =>
      Object.keys(sent).length === 0 ? null : this.sealing.isOn || sent,
    );
    return data.every(({ seq }, i) => seq === firstSeq + i)
      ? { conversationId, firstSeq, metadata }
      : { scattered: { conversationId, ids: data.map(({ id }) => id), metadata } };
  };

  repeat = async (
    reference: AppendedReference | ScatteredReference,
  ): Promise<MessageListDto | null> => {
    const { conversationId, metadata } = 'scattered' in reference ? reference.scattered : reference;
    const rows = await this.read(reference);
    if (rows.length !== metadata.length) return null;
    const filled = await this.unfinished.fill(conversationId, rows);
    return {
      data: filled.map((row, i) =>
        toMessageDto(conversationId, {
          ...row,
          metadata: metadata[i] === true ? row.metadata : (metadata[i] ?? null),
          feedback: null,
        }),
      ),
    };
  };

  private async read(reference: AppendedReference | ScatteredReference): Promise<MessageRow[]> {
    if ('scattered' in reference) {
      const { conversationId, ids } = reference.scattered;
      const found = await this.marked.findByIds(conversationId, ids);
      const byId = new Map(found.map((row) => [row.id, row]));
      return ids.flatMap((id) => byId.get(id) ?? []);
    }
    const { conversationId, firstSeq, metadata } = reference;
    const range = {
      afterSeq: firstSeq - 1,
      beforeSeq: firstSeq + metadata.length,
      order: 'asc',
    } as const;
    const page = await this.messages.listAll(conversationId, range, metadata.length, NO_BYTE_LIMIT);
    return page?.rows ?? [];
  }
}
