// Checks the parameters of many or large tools in a worker thread.
import { schemaFault } from './json-schema.js';

/** @param texts JSON of each tool's parameters @returns what is wrong with each, or null */
export default function faults(texts: string[]): (string | null)[] {
  return texts.map((text) => schemaFault(JSON.parse(text) as Record<string, unknown>));
}
