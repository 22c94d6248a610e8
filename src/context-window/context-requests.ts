// Reads what a body asks. Most clients ask the same of every conversation, so what a short body means is remembered.
import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { validateBody } from '../platform/input/index.js';
import type { AskedRequest } from './context-builder.js';
import { CONTEXT_PARTS } from './context-source.js';
import { RELEASE } from './manifests/stored-manifest.js';
import { BuildContextDto, MAX_MESSAGES } from './dto/context.dto.js';

export interface AskedContext {
  request: AskedRequest;
  /** The same for all that ask the same. */
  digest: string;
}

/** Characters of a body that is remembered. */
const SHORT = 200;

@Injectable()
export class ContextRequests {
  private readonly known = new LRUCache<string, AskedContext>({ max: 500 });

  /** @throws AppError `request.invalid_body` */
  read(body: unknown): AskedContext {
    const given = body === undefined ? {} : body;
    const text = JSON.stringify(given);
    const known = this.known.get(text);
    if (known) return known;
    const request = requestOf(validateBody(BuildContextDto, given));
    const asked = { request, digest: digestOf(request) };
    // A question is somebody's own words: they are not kept.
    if (request.query === null && text.length <= SHORT) this.known.set(text, asked);
    return asked;
  }
}

const requestOf = ({
  budgetTokens,
  format,
  maxMessages,
  query,
  memories,
  include,
}: BuildContextDto): AskedRequest => ({
  budgetTokens: budgetTokens ?? null,
  format: format ?? 'openai',
  maxMessages: maxMessages ?? MAX_MESSAGES,
  query: query ?? null,
  memoryLimit: memories?.limit ?? null,
  parts: new Set(include ?? CONTEXT_PARTS),
});

function digestOf({
  budgetTokens,
  format,
  maxMessages,
  query,
  memoryLimit,
  parts,
}: AskedRequest): string {
  const asked = JSON.stringify([
    RELEASE,
    budgetTokens,
    format,
    maxMessages,
    query,
    memoryLimit,
    CONTEXT_PARTS.filter((part) => parts.has(part)),
  ]);
  return createHash('sha256').update(asked).digest('base64url');
}
