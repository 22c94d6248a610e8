// Gives the keys of access tokens successors, and removes old ones.
import { Injectable } from '@nestjs/common';
import { JobHandler } from '../../../platform/jobs/index.js';
import { TokenKeys } from './token-keys.js';

@Injectable()
export class RotateTokenKeys extends JobHandler {
  override readonly name = 'account.rotate_token_keys';
  override readonly system = 'rotate the keys of access tokens';
  override readonly every = 3_600;
  override readonly checkpointed = true;

  constructor(private readonly keys: TokenKeys) {
    super();
  }

  override run(): Promise<void> {
    return this.keys.rotate();
  }
}
