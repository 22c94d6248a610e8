import { Injectable, type PipeTransform } from '@nestjs/common';
import { Config } from '../config/config.js';
import { pointerToken } from '../input/index.js';
import { SecretsGuard } from './secrets-guard.js';

/**
 * `@Body(BodyValidationPipe, BodyGuard)`: refuses a body with secrets or personal data in any
 * field.
 */
@Injectable()
export class BodyGuard implements PipeTransform {
  /** Fields that are stored sealed, and so may contain secrets. */
  protected readonly sealed: readonly string[] = [];

  constructor(
    private readonly guard: SecretsGuard,
    private readonly config: Config,
  ) {}

  /**
   * @throws AppError `request.refused` that names the field and the kind, and never contains the
   * text
   */
  async transform(body: unknown): Promise<unknown> {
    if (typeof body !== 'object' || body === null) return body;
    const open = Object.entries(body).filter(([name]) => !this.sealed.includes(name));
    const fields = open.map(([name, value]) => [`/${pointerToken(name)}`, value] as const);
    await this.guard.refuse(Object.fromEntries(fields), this.config.memoryGuard);
    return body;
  }
}
