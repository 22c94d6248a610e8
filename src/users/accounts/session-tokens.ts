// The access tokens of sessions, as credentials.
import { Injectable } from '@nestjs/common';
import { RequestContexts } from '../../platform/context/index.js';
import type { ReadToken, TokenSource } from '../authentication/token-source.js';
import { SessionsRepository } from './sessions.repository.js';
import { AccessTokens } from './tokens/access-tokens.js';

@Injectable()
export class SessionTokens implements TokenSource {
  constructor(
    private readonly tokens: AccessTokens,
    private readonly sessions: SessionsRepository,
    private readonly contexts: RequestContexts,
  ) {}

  gave(token: string): boolean {
    return this.tokens.isOwn(token);
  }

  async read(token: string): Promise<ReadToken | null> {
    const claims = await this.tokens.read(token);
    if (!claims) return null;
    const { userId, sessionId, expiresAt } = claims;
    const find = () => this.contexts.runAsUser(userId, () => this.sessions.owner(sessionId));
    return { expiresAt, sessionId, find, findOrCreate: find };
  }
}
