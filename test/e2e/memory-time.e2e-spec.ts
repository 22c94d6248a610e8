// Applies many random edits to the service and to a model in memory, and compares both at every
// as-of point.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Caller, createTestApp, type TestApp } from '../support/app.js';
import { expectProblem } from '../support/problem.js';
import { numberFromEnvironment, Seeded } from '../support/seeded.js';

const STEPS = numberFromEnvironment('MEMORY_STEPS', 500);
const SEED = numberFromEnvironment('TEST_SEED', 20_261_125);
/** As-of points compared at the end, besides those on the way. */
const LOOKS = 40;

let app: TestApp;
let ada: Caller;
beforeAll(async () => {
  app = await createTestApp();
  ada = app.actingFor('ada');
});
afterAll(() => app.close());

interface Known {
  content: string;
  importance: number;
  strength: number;
  version: number;
}

type State = Map<string, Known>;

/** Each state by the revision and the time of its write. */
class Model {
  readonly states: { revision: number; time: string; state: State }[] = [];
  /** Purged and forgotten memories are removed from every state. */
  readonly versions = new Map<string, number>();
  private readonly texts = new Set<string>();

  get now(): State {
    return this.states.at(-1)?.state ?? new Map<string, Known>();
  }

  newText(random: Seeded): string {
    for (;;) {
      const text = `${random.pick(['likes', 'owns', 'fears', 'visits'])} ${random.pick(['tea', 'boats', 'Oslo', 'dogs'])} ${random.hex(6)}`;
      if (!this.texts.has(text)) return this.texts.add(text) && text;
    }
  }

  write(revision: number, time: string, change: (state: State) => void): void {
    const state = new Map(this.now);
    change(state);
    this.states.push({ revision, time, state });
  }

  erase(id: string): void {
    for (const { state } of this.states) state.delete(id);
  }

  at(revision: number): State {
    return (
      this.states.findLast((one) => one.revision <= revision)?.state ?? new Map<string, Known>()
    );
  }
}

/** Reads all pages of the memories at an as-of point, or now. */
async function believed(asOf?: number | string): Promise<State> {
  const state: State = new Map();
  for (let cursor: string | null = ''; cursor !== null;) {
    const moment = asOf === undefined ? '' : `&asOf=${encodeURIComponent(String(asOf))}`;
    const { body } = await ada
      .get(`/v1/memories?limit=100&sort=id${moment}${cursor ? `&cursor=${cursor}` : ''}`)
      .expect(200);
    for (const { id, content, importance, strength, version } of body.data)
      state.set(id as string, { content, importance, strength, version });
    cursor = body.nextCursor as string | null;
  }
  return state;
}

const timeOf = async (revision: number): Promise<string> => {
  const { rows } = await app.database.admin(
    'select recorded_at as time from threadkeep.memory where revision = $1 limit 1',
    [revision],
  );
  return (rows[0]!['time'] as Date).toISOString();
};

/** A rollback adds no version to a memory that is the same already. */
const saysTheSame = (one: Known | undefined, other: Known | undefined): boolean =>
  one?.content === other?.content &&
  one?.importance === other?.importance &&
  one?.strength === other?.strength;

async function step(model: Model, random: Seeded): Promise<void> {
  const ids = [...model.now.keys()];
  const act = random.next();
  if (ids.length === 0 || act < 0.35) {
    const values = { content: model.newText(random), importance: random.integer(11) / 10 };
    const { body } = await ada.post('/v1/memories', values).expect(201);
    model.versions.set(body.id, 1);
    return model.write(body.revision, body.updatedAt, (state) =>
      state.set(body.id, { ...values, strength: 1, version: 1 }),
    );
  }
  const id = random.pick(ids);
  const known = model.now.get(id)!;
  const next = model.versions.get(id)! + 1;
  if (act < 0.65) {
    const content = random.chance(0.7) ? model.newText(random) : known.content;
    const { body } = await ada
      .patch(`/v1/memories/${id}`, { content, importance: 0.3 })
      .expect(200);
    model.versions.set(id, next);
    return model.write(body.revision, body.updatedAt, (state) =>
      state.set(id, { ...known, content, importance: 0.3, version: next }),
    );
  }
  if (act < 0.72) {
    const { body } = await ada.post('/v1/memories', { content: ` ${known.content}\n` }).expect(200);
    expect(body).toMatchObject({ id, content: known.content, version: next });
    model.versions.set(id, next);
    return model.write(body.revision, body.updatedAt, (state) =>
      state.set(id, {
        ...known,
        importance: Math.max(known.importance, 0.5),
        strength: known.strength + 1,
        version: next,
      }),
    );
  }
  if (act < 0.82) {
    await ada.delete(`/v1/memories/${id}${random.chance(0.3) ? '?purge=true' : ''}`).expect(204);
    return model.erase(id);
  }
  if (act < 0.92) {
    const target = random.pick(model.states);
    if (!target.state.has(id)) return;
    const { body } = await ada
      .post(`/v1/memories/${id}/rollback`, { asOf: target.revision })
      .expect(200);
    model.versions.set(id, next);
    return model.write(body.revision, body.updatedAt, (state) =>
      state.set(id, { ...target.state.get(id)!, version: next }),
    );
  }
  const { revision, state: then } = random.pick(model.states.slice(-30));
  const { body } = await ada.post('/v1/memories/rollback', { asOf: revision }).expect(200);
  const before = model.now;
  const changed = [...model.versions.keys()].filter(
    (one) => !saysTheSame(before.get(one), then.get(one)),
  );
  const counted = {
    restored: changed.filter((one) => then.has(one)).length,
    retracted: changed.filter((one) => !then.has(one)).length,
  };
  expect(body).toMatchObject(counted);
  for (const one of changed) model.versions.set(one, model.versions.get(one)! + 1);
  model.write(body.revision, changed.length > 0 ? await timeOf(body.revision) : '', (state) => {
    for (const one of changed) {
      if (then.has(one)) state.set(one, { ...then.get(one)!, version: model.versions.get(one)! });
      else state.delete(one);
    }
  });
}

describe(`${STEPS} random edits of memories`, () => {
  it(
    'memories equal the model at every as-of point, by revision and by time',
    async () => {
      const [model, random] = [new Model(), new Seeded(SEED)];
      for (let i = 0; i < STEPS; i++) {
        await step(model, random);
        if (i % 100 === 99)
          expect({ seed: SEED, i, state: await believed() }).toEqual({
            seed: SEED,
            i,
            state: model.now,
          });
      }
      for (let i = 0; i < LOOKS; i++) {
        const { revision, time, state } = random.pick(model.states);
        expect({ seed: SEED, revision, state: await believed(revision) }).toEqual({
          seed: SEED,
          revision,
          state,
        });
        if (time)
          expect({ seed: SEED, time, state: await believed(time) }).toEqual({
            seed: SEED,
            time,
            state,
          });
      }
      const [from, to] = [random.pick(model.states), random.pick(model.states)].sort(
        (a, b) => a.revision - b.revision,
      ) as [Model['states'][0], Model['states'][0]];
      expect(await difference(from.revision, to.revision)).toEqual(modelled(from.state, to.state));
    },
    Math.max(120_000, STEPS * 60),
  );
});

type Change = [id: string, change: string];

async function difference(from: number, to: number): Promise<Change[]> {
  const changes: Change[] = [];
  for (let after: string | null = ''; after !== null;) {
    const { body } = await ada
      .get(`/v1/memories/diff?from=${from}&to=${to}&limit=50${after ? `&after=${after}` : ''}`)
      .expect(200);
    for (const { id, change } of body.data) changes.push([id, change]);
    after = body.next as string | null;
  }
  return changes;
}

function modelled(before: State, after: State): Change[] {
  const ids = [...new Set([...before.keys(), ...after.keys()])].sort();
  return ids.flatMap((id) => {
    const [was, is] = [before.get(id), after.get(id)];
    if (!was) return [[id, 'created'] as Change];
    if (!is) return [[id, 'removed'] as Change];
    return was.version === is.version ? [] : [[id, 'updated'] as Change];
  });
}

describe('history of a memory', () => {
  it('the history lists actor, action and reason, newest first, page by page', async () => {
    const bea = app.actingFor('bea');
    const { body } = await bea
      .post('/v1/memories', { content: 'Lives in Oslo', reason: 'said so' })
      .expect(201);
    await bea
      .patch(`/v1/memories/${body.id}`, { content: 'Lives in Bergen', reason: 'moved' })
      .expect(200);
    const { data } = (await bea.get(`/v1/memories/${body.id}/history`).expect(200)).body;
    expect(
      data.map((one: Record<string, unknown>) => [
        one['version'],
        one['action'],
        one['reason'],
        one['actor'],
        (one['memory'] as { content: string }).content,
      ]),
    ).toEqual([
      [2, 'update', 'moved', 'service', 'Lives in Bergen'],
      [1, 'create', 'said so', 'service', 'Lives in Oslo'],
    ]);
    expect(data[1].supersededAt).toBe(data[0].recordedAt);
    expect((await bea.get(`/v1/memories/${body.id}/history?beforeVersion=2`)).body.data).toEqual([
      data[1],
    ]);
  });
});

describe('rollback of what one conversation taught', () => {
  it('memories sourced from a conversation are retracted, and come back when that is undone', async () => {
    const cleo = app.actingFor('cleo');
    const talk = (await cleo.post('/v1/conversations').expect(201)).body.id as string;
    const [message] = (
      await cleo
        .post(`/v1/conversations/${talk}/messages`, {
          role: 'user',
          content: 'I moved to Bergen and bought a boat',
        })
        .expect(201)
    ).body.data;
    const lives = (await cleo.post('/v1/memories', { content: 'Lives in Oslo' }).expect(201)).body
      .id as string;
    await cleo
      .patch(`/v1/memories/${lives}`, {
        content: 'Lives in Bergen',
        sourceMessageIds: [message.id],
      })
      .expect(200);
    const owns = (
      await cleo
        .post('/v1/memories', { content: 'Owns a boat', sourceMessageIds: [message.id] })
        .expect(201)
    ).body;
    expect(owns.sourceMessageIds).toEqual([message.id]);
    await cleo.post('/v1/memories', { content: 'Likes tea' }).expect(201);
    const contents = async () =>
      (await cleo.get('/v1/memories')).body.data
        .map(({ content }: { content: string }) => content)
        .sort();
    const before = (await cleo.get('/v1/memories/stats')).body.revision as number;
    expect(
      (
        await cleo
          .post('/v1/memories/rollback', { conversationId: talk, reason: 'it was a joke' })
          .expect(200)
      ).body,
    ).toMatchObject({ restored: 1, retracted: 1 });
    expect(await contents()).toEqual(['Likes tea', 'Lives in Oslo']);
    await cleo.post('/v1/memories/rollback', { asOf: before }).expect(200);
    expect(await contents()).toEqual(['Likes tea', 'Lives in Bergen', 'Owns a boat']);
  });

  it('a source message that is unknown, or of another user, is refused', async () => {
    const talk = (await ada.post('/v1/conversations').expect(201)).body.id as string;
    const [message] = (
      await ada
        .post(`/v1/conversations/${talk}/messages`, { role: 'user', content: 'mine' })
        .expect(201)
    ).body.data;
    for (const id of [message.id as string, '00000000-0000-7000-8000-00000000abcd']) {
      const refused = await app
        .actingFor('mallory')
        .post('/v1/memories', { content: `x ${id}`, sourceMessageIds: [id] });
      expectProblem(refused, 422, 'memory.source_not_found');
    }
  });
});

describe('difference between two as-of points', () => {
  it('a difference lists whole memories only, also during purges', async () => {
    const eve = app.actingFor('eve');
    const { body } = await eve
      .post('/v1/memories', {
        memories: Array.from({ length: 60 }, (_, n) => ({ content: `note ${n}` })),
      })
      .expect(201);
    const halves: unknown[] = [];
    let purging = true;
    const look = async (): Promise<void> => {
      while (purging) {
        const { data } = (await eve.get('/v1/memories/diff?from=0&limit=100').expect(200)).body;
        halves.push(
          ...data.filter(
            (one: { change: string; after?: unknown }) => one.change === 'created' && !one.after,
          ),
        );
      }
    };
    const looking = [look(), look(), look(), look()];
    for (const { id } of body.data) await eve.delete(`/v1/memories/${id}?purge=true`).expect(204);
    purging = false;
    await Promise.all(looking);
    expect(halves).toEqual([]);
  });
});
