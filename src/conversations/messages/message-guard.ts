import { Injectable } from '@nestjs/common';
import { Config } from '../../platform/config/config.js';
import { SecretsGuard } from '../../platform/secrets-guard/index.js';
import type { NewMessage } from './message-input.js';

/** Searches messages for secrets before they are stored, when `MESSAGE_GUARD` is set. */
@Injectable()
export class MessageGuard {
  readonly isOn: boolean;

  constructor(
    private readonly guard: SecretsGuard,
    private readonly config: Config,
  ) {
    this.isOn = config.messageGuard.size > 0;
  }

  /**
   * @param path JSON pointer of the list of messages, or null when the body is one message
   * @throws AppError `request.refused`, which names the field and the kind of secret and never
   *   shows it; also what `WorkerPool.run` throws
   */
  async refuseSecrets(messages: NewMessage[], path: string | null): Promise<void> {
    const fields = messages.flatMap(
      ({ content, metadata, key, feedback }, i): [pointer: string, value: unknown][] => {
        const at = path === null ? '' : `${path}/${i}`;
        return [
          [`${at}/content`, content],
          [`${at}/metadata`, metadata],
          [`${at}/key`, key],
          [`${at}/feedback/comment`, feedback?.comment],
        ];
      },
    );
    await this.guard.refuse(Object.fromEntries<unknown>(fields), this.config.messageGuard);
  }

  /**
   * @param fields the values by JSON pointer
   * @throws AppError as `refuseSecrets`
   */
  async refuseFields(fields: Record<string, unknown>): Promise<void> {
    await this.guard.refuse(fields, this.config.messageGuard);
  }

  /**
   * Refuses secrets in the reason of an erasure, whatever `MESSAGE_GUARD` says.
   * @param pointer names the field
   * @throws AppError `request.refused`
   */
  async refuseReason(pointer: string, reason: string | null): Promise<void> {
    if (reason !== null) await this.guard.refuse({ [pointer]: reason }, this.config.memoryGuard);
  }
}
