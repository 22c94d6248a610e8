import { Injectable } from '@nestjs/common';
import { Config } from '../../platform/config/config.js';
import { SecretsGuard } from '../../platform/secrets-guard/index.js';
import type { NewMessage } from './message-input.js';

/** Looks at messages before they are stored, where MESSAGE_GUARD asks for it. */
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
   * @param path of the list of messages, or null for one that is the body
   * @throws AppError `request.refused` that says which field and which kind, and never the text; as `WorkerPool.run` does for many
   */
  async refuseSecrets(messages: NewMessage[], path: string | null): Promise<void> {
    const fields = messages.flatMap(
      ({ content, metadata }, i): [pointer: string, value: unknown][] => {
        const at = path === null ? '' : `${path}/${i}`;
        return [
          [`${at}/content`, content],
          [`${at}/metadata`, metadata],
        ];
      },
    );
    await this.guard.refuse(Object.fromEntries<unknown>(fields), this.config.messageGuard);
  }
}
