import { Injectable } from '@nestjs/common';
import { BodyGuard } from '../../platform/secrets-guard/index.js';

/** Looks at all but the messages. The guard of memories looks at them, each by itself. */
@Injectable()
export class Mem0Guard extends BodyGuard {
  protected override readonly sealed = ['messages'];
}
