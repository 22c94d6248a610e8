// Stores a reference in place of a remembered answer: the manifest from which the same bytes are
// built again.
import { Injectable } from '@nestjs/common';
import type { AnswerReference } from '../../platform/idempotency/index.js';
import { ContextRepeater } from './context-repeater.js';

interface ManifestReference {
  conversationId: string;
  manifestId: string;
}

const MANIFEST = '"manifestId":"';
const CONVERSATION = '"conversationId":"';
const UUID_LENGTH = 36;

@Injectable()
export class ContextReference implements AnswerReference {
  constructor(private readonly repeater: ContextRepeater) {}

  /**
   * Finds the ids from the end of the text, where the manifest stands and no content. This is
   * faster than parsing the JSON.
   */
  refer = (answer: unknown): ManifestReference => {
    const text = answer as string;
    return { conversationId: idAfter(text, CONVERSATION), manifestId: idAfter(text, MANIFEST) };
  };

  repeat = ({ conversationId, manifestId }: ManifestReference): Promise<string> =>
    this.repeater.repeat(conversationId, manifestId);
}

function idAfter(text: string, name: string): string {
  const start = text.lastIndexOf(name) + name.length;
  return text.slice(start, start + UUID_LENGTH);
}
