// What writers say alike of the parts that they send or leave out.
import { hasText, isBlank, leftOutOf, textForm } from './as-text.js';
import type { DialectWriter, Omission, OmissionReason, Turn } from './dialect.js';
import type { Part } from './part.js';

/**
 * Tells whether a part is accepted as far as its kind and the role decide: words of a system, and
 * calls of an assistant with their results. Null where the dialect decides.
 */
export function acceptedByRole(part: Part, role: Turn['role']): boolean | null {
  if (role === 'system') return part.kind === 'text' && !isBlank(part.text);
  if (part.kind === 'tool-call') return role === 'assistant';
  return part.kind === 'tool-result' ? true : null;
}

/** What a provider decides of the parts that it gets back as they were. */
interface OwnParts {
  isSigned: (part: Part) => boolean;
  isOwnServerPart: (part: Part) => boolean;
  takesMedia: (part: Part, role: Turn['role']) => boolean;
}

/** Makes `accepts` of a provider that takes back its own reasoning and server tools. */
export const acceptsWith =
  ({ isSigned, isOwnServerPart, takesMedia }: OwnParts): DialectWriter['accepts'] =>
  (part, role) => {
    const byRole = acceptedByRole(part, role);
    if (byRole !== null) return byRole;
    if (part.kind === 'reasoning') return role === 'assistant' && isSigned(part);
    if (isOwnServerPart(part) && role === 'assistant') return true;
    return takesMedia(part, role) || hasText(part);
  };

/** Tells why a part is left out by a provider that takes back its own reasoning. */
export function omissionReason(part: Part): OmissionReason {
  if (part.kind === 'reasoning') return 'unsigned';
  return textForm(part) === null ? 'not_accepted' : 'empty';
}

/** As `textForm`, and names the parts that the text leaves out. */
export function namedText(part: Part, omitted: Omission[]): string | null {
  for (const left of leftOutOf(part)) omitted.push({ part: left, reason: 'not_accepted' });
  return textForm(part);
}
