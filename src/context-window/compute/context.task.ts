// Builds or repeats a large context, in a thread of its own.
import {
  type BuiltWindow,
  buildWindow,
  type Repetition,
  type RepetitionInput,
  repeatWindow,
  type WindowInput,
} from './context-work.js';

export type ContextInput = { build: WindowInput } | { repeat: RepetitionInput };

export default function context(input: ContextInput): BuiltWindow | Repetition | null {
  return 'build' in input ? buildWindow(input.build) : repeatWindow(input.repeat);
}
