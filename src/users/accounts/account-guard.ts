import { Injectable } from '@nestjs/common';
import { BodyGuard } from '../../platform/secrets-guard/index.js';

/** A password is hashed: what it looks like is nobody's business. */
@Injectable()
export class AccountGuard extends BodyGuard {
  protected override readonly sealed = ['password'];
}
