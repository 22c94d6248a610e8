// One memory that is written by one door is read, found, changed and forgotten by every other.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createTestApp, type TestApp } from '../support/app.js';
import {
  MEMORY_DOORS,
  type MemoryDoor,
  type MemoryField,
  type MemoryRoom,
  type Remembered,
} from '../support/doors/memory-doors.js';

let api: TestApp;
beforeAll(async () => {
  api = await createTestApp();
  await api.listen();
});
afterAll(() => api.close());

let count = 0;
function newRoom(): MemoryRoom {
  const user = `memory-user-${++count}`;
  return { user, caller: api.actingFor(user) };
}

const WHOLE: Required<Remembered> = {
  content: 'Is allergic to peanuts 🥜.',
  tags: ['food', 'health'],
  agentId: 'cook',
  metadata: { source: 'form', nested: { page: 3 } },
  kind: 'preference',
  importance: 0.75,
  validFrom: '2026-01-02T03:04:05.000Z',
};
/** Fields that tell memories with the same text apart. */
const NAMING: ReadonlySet<MemoryField> = new Set(['agentId', 'kind']);
const only = (memory: Remembered, fields: readonly MemoryField[]) =>
  Object.fromEntries(fields.map((field) => [field, memory[field]])) as unknown as Remembered;
const shared = (writer: MemoryDoor, reader: MemoryDoor) =>
  writer.writes.filter((field) => reader.reads.includes(field));
const contentsOf = async (door: MemoryDoor, room: MemoryRoom) =>
  (await door.list(room)).map(({ id, content }) => [id, content]);

describe.each(MEMORY_DOORS)('a memory that is written by $name', (writer) => {
  it.each(MEMORY_DOORS)('is read, found, changed and forgotten by $name', async (reader) => {
    const room = newRoom();
    const fields = shared(writer, reader);
    // The same text of another agent, or of another kind, is another memory.
    const known = fields.filter((field) => reader.writes.includes(field));
    const written = writer.writes.filter((one) => !NAMING.has(one) || known.includes(one));
    const id = await writer.add(room, only(WHOLE, written));
    const read = (await reader.list(room)).map((memory) => ({
      id: memory.id,
      ...only(memory, fields),
    }));
    // Metadata has the names of a run and an app of mem0 beside what was sent.
    const shown = fields.filter((field) => written.includes(field));
    expect(read).toMatchObject([{ id, ...only(WHOLE, shown) }]);
    expect(await reader.search(room, 'peanuts')).toEqual([id]);
    // What is the same already is not stored again, by whichever door it comes.
    expect(await reader.add(room, only(WHOLE, known))).toBe(id);

    await reader.change(room, id, 'Likes peanuts now.');
    expect(await contentsOf(writer, room)).toEqual([[id, 'Likes peanuts now.']]);
    const [kept] = await writer.list(room);
    const beside = written.filter((one) => one !== 'content' && writer.reads.includes(one));
    expect(only(kept!, beside)).toMatchObject(only(WHOLE, beside));

    await reader.remove(room, id);
    for (const door of MEMORY_DOORS) {
      expect(await door.list(room)).toEqual([]);
      expect(await door.search(room, 'peanuts')).toEqual([]);
    }
  });

  it('is no memory of another user by any door', async () => {
    const [room, other] = [newRoom(), newRoom()];
    const id = await writer.add(room, only(WHOLE, writer.writes));
    for (const door of MEMORY_DOORS) {
      expect(await door.list(other)).toEqual([]);
      expect(await door.search(other, 'peanuts')).toEqual([]);
      await expect(door.change(other, id, 'Mine now.')).rejects.toThrow(/404|not_found/);
      await expect(door.remove(other, id)).rejects.toThrow(/404|not_found/);
    }
    expect(await contentsOf(writer, room)).toEqual([[id, WHOLE.content]]);
  });
});
