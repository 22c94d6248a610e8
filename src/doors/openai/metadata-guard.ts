import { Injectable } from '@nestjs/common';
import { BodyGuard } from '../../platform/secrets-guard/index.js';

/** Looks at the metadata. The guard of messages looks at the items. */
@Injectable()
export class MetadataGuard extends BodyGuard {
  protected override readonly sealed = ['items'];
}
