// Names a version of a memory or block permanently, so that the same text can be read again.
import type { StoredText } from './context-memory.repository.js';

type VersionRef = Pick<StoredText, 'id' | 'version'>;
export const toRef = ({ id, version }: VersionRef): string => `${id}@${version}`;
const REF = /^([0-9a-f-]{36})@(\d{1,9})!?$/;

/** Parses refs, and leaves out those of another form. */
export const parseRefs = (refs: string[]): VersionRef[] =>
  refs.flatMap((ref) => {
    const [, id, version] = REF.exec(ref) ?? [];
    return id ? [{ id, version: Number(version) }] : [];
  });
