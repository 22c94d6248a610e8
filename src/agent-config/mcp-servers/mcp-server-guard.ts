import { Injectable } from '@nestjs/common';
import { BodyGuard } from '../../platform/secrets-guard/index.js';
import { SECRET_PLACES } from './mcp-server-row.js';

/** Secrets belong into the places that are sealed, and nowhere else. */
@Injectable()
export class McpServerGuard extends BodyGuard {
  protected override readonly sealed = SECRET_PLACES;
}
