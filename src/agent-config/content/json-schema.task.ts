// Checks the parameters of many tools, or of large ones, in a thread of its own.
import { schemaFault } from './json-schema.js';

/** @param texts JSON of each tool's parameters @returns what is wrong with each, or null */
export default function faults(texts: string[]): (string | null)[] {
  return texts.map((text) => schemaFault(JSON.parse(text) as Record<string, unknown>));
}
