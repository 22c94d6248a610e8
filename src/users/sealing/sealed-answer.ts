// Keeps the answer to a POST of a user sealed under the user's key, for its replay.
import { Injectable } from '@nestjs/common';
import type { AnswerReference } from '../../platform/idempotency/index.js';
import { DataKeys, openWith, sealWith, type VaultPlace } from '../../platform/vault/index.js';
import type { UserDto } from '../dto/user.dto.js';
import { AddressIndex } from './address-index.js';

interface SealedUserAnswer {
  id: string;
  /** Base64. */
  sealedAnswer: string;
}

const placeOf = (id: string): VaultPlace => ({
  table: 'service_idempotency_key',
  row: id,
  column: 'body',
});

@Injectable()
export class SealedAnswer implements AnswerReference {
  constructor(
    private readonly dataKeys: DataKeys,
    private readonly addresses: AddressIndex,
  ) {}

  /** The id stays plain: by it the answer goes when the user does. */
  async refer(answer: object): Promise<object> {
    if (!this.addresses.isOn) return answer;
    const { id } = answer as UserDto;
    const key = await this.dataKeys.obtainOf(id);
    const sealed = sealWith(key, placeOf(id), JSON.stringify(answer));
    return { id, sealedAnswer: sealed.toString('base64') } satisfies SealedUserAnswer;
  }

  async repeat(stored: SealedUserAnswer | UserDto): Promise<unknown> {
    if (!('sealedAnswer' in stored)) return stored;
    const key = (await this.dataKeys.ofUsers([stored.id])).get(stored.id);
    return JSON.parse(
      openWith(key, placeOf(stored.id), Buffer.from(stored.sealedAnswer, 'base64')),
    );
  }
}
