// Builds or reproduces a large context in a worker thread.
import {
  type BuiltWindow,
  buildWindow,
  type RepeatedWindow,
  type RepetitionInput,
  repeatWindow,
  type WindowInput,
} from './context-work.js';

export type ContextInput = { build: WindowInput } | { repeat: RepetitionInput };

export default function context(input: ContextInput): BuiltWindow | RepeatedWindow | null {
  return 'build' in input ? buildWindow(input.build) : repeatWindow(input.repeat);
}
