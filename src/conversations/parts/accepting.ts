// What writers say alike of the parts that they send or leave out.
import { isBlank, leftOutOf, textForm } from './as-text.js';
import type { Omission, OmissionReason, Turn } from './dialect.js';
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
