// What messages in progress say, as it is stored and as it was given.
import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { VaultPlace } from '../../../platform/vault/index.js';
import { SealedMessages } from '../../sealing/sealed-messages.js';
import { SealedTexts } from '../../sealing/sealed-texts.js';
import type { MessageRow } from '../messages.repository.js';
import { withoutWords } from '../unreadable-message.js';
import type { Piece } from './pieces.js';

type Metadata = Record<string, unknown> | null;

/** Pieces and metadata are joined to a message, so their places name none. */
const PIECE: VaultPlace = { table: 'message_piece', row: '', column: 'content' };
const METADATA: VaultPlace = { table: 'message_draft', row: '', column: 'metadata' };

/** A message with its draft, as both are stored. */
export type StoredDraft = Pick<
  MessageRow,
  'seq' | 'content' | 'contentIsJson' | 'metadata' | 'tokenCount' | 'status'
> & {
  /** Null unless it is in progress. */
  version: number | null;
  leaseExpiresAt: string | null;
  isExpired: boolean;
  /** Null when the writes gave none. */
  draftMetadata: Metadata;
  texts: string[] | null;
  isJson: boolean[] | null;
};

/** What one write gives; the metadata are JSON text. */
interface GivenWrite {
  piece: Piece | null;
  storedMetadata: string | null;
}

/** Values of a write; null for what it does not give. */
export interface StoredWrite {
  content: string | null;
  /** JSON text. */
  metadata: string | null;
}

@Injectable()
export class SealedDrafts implements OnModuleInit {
  constructor(
    private readonly sealing: SealedMessages,
    private readonly texts: SealedTexts,
  ) {}

  onModuleInit(): void {
    const of = { row: 'conversation_id', isText: true, isLarge: true };
    this.texts.register({
      ...{ ...PIECE, ...of, place: PIECE.row },
      key: `conversation_id || ' ' || seq || ' ' || version`,
    });
    this.texts.register({
      ...{ ...METADATA, ...of, place: METADATA.row, isJson: true },
      key: `conversation_id || ' ' || seq`,
    });
  }

  contents(pieces: readonly Piece[]): Promise<string[]> {
    return this.sealing.storedTexts(pieces.map(({ content: text }) => ({ place: PIECE, text })));
  }

  async stored({ piece, storedMetadata }: GivenWrite): Promise<StoredWrite> {
    return {
      content: piece && (await this.contents([piece]))[0]!,
      metadata: storedMetadata && (await this.sealing.storedJson(METADATA, storedMetadata)),
    };
  }

  /** Opens pieces. One that cannot be opened is empty. */
  async pieces(stored: readonly Piece[]): Promise<Piece[]> {
    const texts = await this.sealing.openTexts(
      stored.map(({ content }) => ({ place: PIECE, stored: content })),
    );
    return texts.map((text, i) =>
      text === null ? { isJson: false, content: '' } : { isJson: stored[i]!.isJson, content: text },
    );
  }

  isKept(kept: Buffer | null, digest: Buffer): boolean {
    return this.sealing.isKept(kept, digest);
  }

  metadata(stored: Metadata): Promise<Metadata> {
    return this.sealing.openJson(METADATA, stored, null);
  }

  /** Opens messages with their drafts. */
  async opened(rows: StoredDraft[]) {
    const opened = [];
    for (const row of await this.sealing.openAll(rows, withoutWords)) {
      const { texts, isJson, draftMetadata, ...message } = row;
      const pieces = (texts ?? []).map((content, i) => ({ content, isJson: isJson![i]! }));
      opened.push({
        ...message,
        metadata: (await this.metadata(draftMetadata)) ?? message.metadata,
        pieces: await this.pieces(pieces),
      });
    }
    return opened;
  }
}
