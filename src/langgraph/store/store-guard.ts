import { Injectable } from '@nestjs/common';
import { BodyGuard } from '../../platform/secrets-guard/index.js';

/** Looks at what is put. What is asked for is kept nowhere. */
@Injectable()
export class StoreGuard extends BodyGuard {
  protected override readonly sealed = ['get', 'search', 'namespaces', 'delete'];
}
