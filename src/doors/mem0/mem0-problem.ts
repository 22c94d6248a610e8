// What clients of mem0 read of a problem: the one for Python reads `detail`, others `message`.
import type { FieldError, ProblemAdditions } from '../../platform/errors/index.js';

function sentenceOf(problem: Readonly<Record<string, unknown>>): string {
  const { title, detail } = problem as { title: string; detail?: string };
  const errors = (problem['errors'] ?? []) as FieldError[];
  const faults = errors.map(({ pointer, message }) => `${pointer} ${message}`);
  return [detail ?? title, ...faults].join('; ');
}

export const FOR_MEM0_CLIENTS: ProblemAdditions = {
  members: (problem) => {
    const sentence = sentenceOf(problem);
    return { detail: sentence, message: sentence };
  },
  headers: () => ({}),
};
