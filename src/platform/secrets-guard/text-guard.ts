import { type ArgumentMetadata, Injectable, type PipeTransform } from '@nestjs/common';
import { Config } from '../config/config.js';
import { SecretsGuard } from './secrets-guard.js';

/** `@Param('name', TextGuard)`: refuses a name in the path with secrets or personal data. */
@Injectable()
export class TextGuard implements PipeTransform<string, Promise<string>> {
  constructor(
    private readonly guard: SecretsGuard,
    private readonly config: Config,
  ) {}

  /** @throws AppError `request.refused` */
  async transform(text: string, { data }: ArgumentMetadata): Promise<string> {
    await this.guard.refuse({ [`/${data ?? ''}`]: text }, this.config.memoryGuard);
    return text;
  }
}
