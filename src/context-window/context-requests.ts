// Validates the body of a context request. Most clients send the same body for every conversation,
// so results of short bodies are cached.
import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { validateBody } from '../platform/input/index.js';
import type { RequestedContext } from './context-builder.js';
import { CONTEXT_PARTS } from './context-source.js';
import { MANIFEST_RELEASE } from './manifests/stored-manifest.js';
import { BuildContextDto, MAX_MESSAGES } from './dto/context.dto.js';

export interface ParsedContextRequest {
  request: RequestedContext;
  /** Equal for equal requests; part of the cache key. */
  digest: string;
}

/** The longest body whose result is cached. */
const MAX_CACHED_BODY_LENGTH = 200;

@Injectable()
export class ContextRequests {
  private readonly known = new LRUCache<string, ParsedContextRequest>({ max: 500 });

  /** @throws AppError `request.invalid_body` */
  read(body: unknown): ParsedContextRequest {
    const given = body === undefined ? {} : body;
    const text = JSON.stringify(given);
    const known = this.known.get(text);
    if (known) return known;
    const request = toRequest(validateBody(BuildContextDto, given));
    const asked = { request, digest: computeDigest(request) };
    // Bodies with a query hold a user's words, and are not cached.
    if (request.query === null && text.length <= MAX_CACHED_BODY_LENGTH)
      this.known.set(text, asked);
    return asked;
  }
}

const toRequest = ({
  budgetTokens,
  format,
  maxMessages,
  query,
  timeZone,
  memories,
  include,
  shortenLast,
  explain,
}: BuildContextDto): RequestedContext => ({
  budgetTokens: budgetTokens ?? null,
  format: format ?? 'openai',
  maxMessages: maxMessages ?? MAX_MESSAGES,
  query: query ?? null,
  timeZone: timeZone ?? null,
  memoryLimit: memories?.limit ?? null,
  parts: new Set(include ?? CONTEXT_PARTS),
  shortenLast: shortenLast ?? false,
  explain: explain ?? false,
});

function computeDigest({
  budgetTokens,
  format,
  maxMessages,
  query,
  timeZone,
  memoryLimit,
  parts,
  shortenLast,
  explain,
}: RequestedContext): string {
  const asked = JSON.stringify([
    MANIFEST_RELEASE,
    budgetTokens,
    format,
    maxMessages,
    query,
    timeZone,
    memoryLimit,
    CONTEXT_PARTS.filter((part) => parts.has(part)),
    shortenLast,
    explain,
  ]);
  return createHash('sha256').update(asked).digest('base64url');
}
