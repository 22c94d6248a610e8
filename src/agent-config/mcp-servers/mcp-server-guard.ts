import { Injectable } from '@nestjs/common';
import { BodyGuard } from '../../platform/secrets-guard/index.js';
import { SECRET_PLACES } from './mcp-server-row.js';

/** Refuses secrets in a body, except in the places that are sealed. */
@Injectable()
export class McpServerGuard extends BodyGuard {
  protected override readonly sealed = SECRET_PLACES;
}
