// Turns memories into contributions, which say who told them.
import { type Contribution, type Origin, TRUST } from '../../context-window/index.js';
import { rfc3339 } from '../../platform/input/index.js';
import type { ContextMemory } from '../recall/found-memories.repository.js';
import { toRef } from './version-ref.js';

type Teller = keyof typeof TRUST;
const TELLERS = Object.keys(TRUST) as Teller[];

function memoryOrigin({ kind, updatedAt, tellers }: ContextMemory): Origin {
  // The least trusted of its source messages.
  const teller = TELLERS.find((one) => tellers.includes(one)) ?? 'application';
  const source = teller === 'application' ? 'application' : 'conversation';
  return {
    element: 'memory',
    attributes: { kind, time: rfc3339(updatedAt), source, trust: TRUST[teller] },
  };
}

export const recalledMemory = (
  memory: ContextMemory,
  place: Contribution['place'],
): Contribution => ({
  ref: toRef(memory),
  text: memory.content,
  origin: memoryOrigin(memory),
  place,
});
