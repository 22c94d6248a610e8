import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { RefTable } from './ref-table.js';

const anyRef = fc.oneof(
  fc.uuid(),
  fc.uuid().map((uuid) => uuid.toUpperCase()),
  fc.string(),
  fc.constantFrom(
    'ffffffff-ffff-ffff-ffff-ffffffffffff',
    'ffffffff-ffff-ffff-ffff-ffff00000000',
    '00000000-0000-0000-0000-000000000000',
    '',
  ),
);

describe('RefTable', () => {
  it('a ref table returns each ref byte for byte, and finds it in its newest slot', () => {
    fc.assert(
      fc.property(fc.array(anyRef, { maxLength: 60 }), anyRef, (refs, other) => {
        const table = new RefTable();
        refs.forEach((ref) => table.add(ref));
        refs.forEach((ref, slot) => expect(table.getRef(slot)).toBe(ref));
        for (const ref of [...refs, other]) expect(table.find(ref)).toBe(refs.lastIndexOf(ref));
      }),
      { numRuns: 300 },
    );
  });

  it('a UUID in a ref table takes a third of the memory of a string', () => {
    const [uuids, strings] = [new RefTable(), new RefTable()];
    for (let i = 0; i < 1_000; i++) {
      const uuid = `01900000-0000-7000-8000-${String(i).padStart(12, '0')}`;
      uuids.add(uuid);
      strings.add(uuid.replace('-', '_'));
    }
    expect(uuids.bytes * 2).toBeLessThan(strings.bytes);
  });
});
