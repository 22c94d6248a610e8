// One conversation that is written by one door is read by every other: each pair of doors, for all that both have a form for.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createTestApp, type TestApp } from '../support/app.js';
import { DOORS, type Door, type Room } from '../support/doors/doors.js';
import { writeTalk } from '../support/doors/form.js';
import {
  comparable,
  type Feature,
  featureOf,
  randomTalk,
  type Said,
  wholeTalk,
  within,
  wordsOf,
} from '../support/doors/talk.js';
import { type ModelStandIn, startModelStandIn } from '../support/model-stand-in.js';
import { numberFromEnvironment, Seeded } from '../support/seeded.js';

const RANDOM_TALKS = numberFromEnvironment('DOOR_TALKS', 2);
const SEED = numberFromEnvironment('DOOR_SEED', 21);

let standIn: ModelStandIn;
let api: TestApp;
let url: string;
beforeAll(async () => {
  standIn = await startModelStandIn();
  api = await createTestApp({
    ...standIn.environment,
    TITLE_MODEL: 'off',
    SUMMARY_MODEL: 'off',
  });
  url = await api.listen();
});
afterAll(async () => {
  await api.close();
  await standIn.close();
});

type Writer = Door & Required<Pick<Door, 'write'>>;
type Reader = Door & Required<Pick<Door, 'read'>>;
const writers = DOORS.filter((door): door is Writer => door.write !== undefined);
const readers = DOORS.filter((door): door is Reader => door.read !== undefined);

let count = 0;
function newRoom(): Room {
  const user = `user-${++count}`;
  return { api, url, standIn, user, caller: api.actingFor(user), key: `talk-${count}` };
}

interface Written {
  room: Room;
  /** What the door has a form for. */
  talk: Said[];
}

describe.each(writers)('a conversation that is written by $name', (writer) => {
  let written: Written[];
  beforeAll(async () => {
    const random = new Seeded(SEED);
    const talks = [wholeTalk(), ...Array.from({ length: RANDOM_TALKS }, () => randomTalk(random))];
    written = [];
    for (const whole of talks) {
      const talk = whole.map((said) => within(said, writer.form.writes));
      const room = newRoom();
      await writer.write(room, writeTalk(writer.form, talk));
      written.push({ room, talk: [...talk, writer.adds ?? []] });
    }
  });

  it.each(readers)('is read by $name', async (reader) => {
    const reads = (reader !== writer && reader.readsOfOthers) || reader.form.reads;
    const shared = new Set([...writer.form.writes].filter((one) => reads.has(one)));
    for (const { room, talk } of written) {
      const read = reader.form.read(await reader.read(room));
      const isShared = (feature: Feature | null) => feature === null || shared.has(feature);
      const seen = read.filter((entry) => isShared(featureOf(entry)));
      const expected = talk.flatMap((said) => within(said, shared));
      expect(comparable(seen, shared)).toEqual(comparable(expected, shared));
    }
  });

  it.each(DOORS.filter(({ mentions }) => mentions))('is mentioned by $name', async (reader) => {
    for (const { room, talk } of written) {
      const texts = (await reader.mentions!(room)).join('\n');
      const missing = talk
        .flat()
        .flatMap(wordsOf)
        .filter((words) => !texts.includes(words));
      expect(missing).toEqual([]);
      const said = talk.flat().filter(({ kind }) => kind === 'text');
      const places = said.flatMap(wordsOf).map((words) => texts.indexOf(words));
      expect(places).toEqual(places.toSorted((a, b) => a - b));
    }
  });
});

const whole = writers.filter(({ read }) => read !== undefined);
it.each(whole)('messages come back whole by $name, with what only it has', async (door) => {
  const { form, write, read, readBack = read } = door;
  const talk = wholeTalk().map((said) => within(said, form.writes));
  for (const sent of [writeTalk(form, talk), form.own]) {
    if (sent.length === 0) continue;
    const room = newRoom();
    await write(room, sent);
    for (const reader of readers) await reader.read(room);
    const { messages } = await readBack!(room);
    const back = JSON.parse(JSON.stringify(messages)) as object[];
    expect(back.slice(0, sent.length)).toMatchObject(sent);
  }
});
