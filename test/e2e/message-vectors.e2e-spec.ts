// Messages found by meaning: vectors are made for who searches messages, come after their words, and
// leave with what they are of.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Embedder } from '../../src/memory/embedding/embedder.js';
import { MessageEmbeddings } from '../../src/memory/embedding/messages/message-embeddings.js';
import { MessageEmbeddingRepository } from '../../src/memory/embedding/messages/message-embedding.repository.js';
import { RequestContexts } from '../../src/platform/context/index.js';
import { ScopedDatabase } from '../../src/platform/database/index.js';
import { JobRunner } from '../../src/platform/jobs/job-runner.js';
import { type Caller, createTestApp, type TestApp } from '../support/app.js';
import { withClient } from '../support/database.js';
import { EmbeddingService } from '../support/embedding-service.js';
import { contentsOf, type Hit, search } from '../support/memories.js';
import { runJob } from '../support/run-job.js';
import { eventually } from '../support/wait.js';

let service: EmbeddingService;
let api: TestApp;
beforeAll(async () => {
  service = await EmbeddingService.start();
  api = await createTestApp(service.environment);
});
afterAll(async () => {
  await api.close();
  service.stop();
});

/** Runs the jobs that searches have asked for, until none is left. */
async function embedAll(app = api): Promise<void> {
  const queued = async () =>
    (
      await app.database.admin(
        `select id from threadkeep.job where name = 'message.embed' and status = 'queued'`,
      )
    ).rows.map(({ id }) => id as string);
  for (let jobs = await queued(); jobs.length > 0; jobs = await queued())
    for (const id of jobs) await app.app.get(JobRunner).run(id);
}

/** As if some seconds had passed: searches ask for vectors again. */
function forgetAsked(app = api): void {
  const embeddings = app.app.get<{ asked: Map<string, true> }>(MessageEmbeddings);
  embeddings.asked.clear();
}

async function talkOf(who: Caller, ...contents: string[]): Promise<string> {
  const { body } = await who.post('/v1/conversations', {}).expect(201);
  const path = `/v1/conversations/${(body as { id: string }).id}`;
  await who.post(`${path}/messages`, { messages: contents.map(saying) }).expect(201);
  return path;
}
const saying = (content: string) => ({ role: 'user', content });

const find = (who: Caller, query: string, more: object = {}): Promise<Hit[]> =>
  search(who, query, { in: ['messages'], ...more });

/** Searches until nothing lacks a vector. */
async function embedded(who: Caller, app = api): Promise<void> {
  forgetAsked(app);
  await find(who, 'anything');
  await embedAll(app);
}

async function vectorsOf(who: Caller): Promise<number> {
  const { body } = await who.get('/v1/users/me').expect(200);
  const { rows } = await api.database.admin(
    `select count(*)::integer as count from threadkeep.message_embedding where user_id = $1`,
    [(body as { id: string }).id],
  );
  return (rows[0] as { count: number }).count;
}

describe('a search of messages', () => {
  it('finds by words at once, by meaning once there are vectors, and says by which', async () => {
    const who = api.actingFor('vera');
    await talkOf(who, 'I own a vessel', 'My hound is called Rex', 'A cold beverage, please');
    expect(contentsOf(await find(who, 'puppy'))).toEqual([]);
    expect((await find(who, 'hound'))[0]).toMatchObject({ matchedBy: 'lexical' });
    await embedAll();
    const [hit] = await find(who, 'puppy', { explain: true });
    expect(hit).toMatchObject({
      message: { content: 'My hound is called Rex' },
      matchedBy: 'vector',
      parts: { cosine: expect.any(Number) },
    });
    expect((await find(who, 'hound'))[0]).toMatchObject({ matchedBy: 'both' });
    const both = await search(who, 'ship', { in: ['memories', 'messages'] });
    expect(contentsOf(both)[0]).toBe('I own a vessel');
    service.isDown = true;
    expect((await find(who, 'vessel'))[0]).toMatchObject({ matchedBy: 'lexical' });
    service.isDown = false;
  });

  it('goes by words, without vectors, when all of its words have to occur', async () => {
    const who = api.actingFor('exact');
    const path = await talkOf(who, 'My hound is called Rex');
    for (const place of ['/v1/messages/search', `${path}/messages/search`]) {
      const { body } = await who.get(`${place}?q=puppy`).expect(200);
      expect(body.data).toEqual([]);
    }
    expect(await find(who, 'puppy', { match: 'all' })).toEqual([]);
    await embedAll();
    expect(await vectorsOf(who)).toBe(0);
  });

  it('keeps to its filters, and to the moment that it asks about', async () => {
    const who = api.actingFor('filters');
    const path = await talkOf(who, 'My hound is called Rex');
    await talkOf(who, 'A puppy barks');
    await embedded(who);
    const conversationId = path.split('/').at(-1)!;
    expect(contentsOf(await find(who, 'dog', { filter: { conversationId } }))).toEqual([
      'My hound is called Rex',
    ]);
    expect(await find(who, 'dog', { asOf: '2020-01-01T00:00:00Z' })).toEqual([]);
    const { body } = await who.get(`${path}/messages`).expect(200);
    const asOf = (body.data as { createdAt: string }[])[0]!.createdAt;
    expect(contentsOf(await find(who, 'dog', { asOf }))).toEqual(['My hound is called Rex']);
  });

  it('finds nothing of another user', async () => {
    const [ada, bob] = [api.actingFor('ada'), api.actingFor('bob')];
    await talkOf(ada, 'My hound is called Rex');
    await talkOf(bob, 'I own a vessel');
    await embedded(ada);
    await embedded(bob);
    for (const hits of [await find(bob, 'puppy'), await find(bob, 'hound')])
      expect(contentsOf(hits)).not.toContain('My hound is called Rex');
  });
});

describe('vectors of messages', () => {
  it('are made of what users and assistants say, however it is written', async () => {
    const who = api.actingFor('roles');
    const { body } = await who.post('/v1/conversations', {}).expect(201);
    const path = `/v1/conversations/${(body as { id: string }).id}/messages`;
    const messages = [
      { role: 'system', content: 'You like a hound.' },
      { role: 'user', content: [{ type: 'text', text: 'Where is my hound?' }] },
      { role: 'assistant', content: 'The hound is outside.' },
      { role: 'user', content: ' ' },
      {
        role: 'tool',
        content: [
          {
            type: 'tool-result',
            toolCallId: 'c1',
            toolName: 'find',
            output: { type: 'text', value: 'hound' },
          },
        ],
      },
    ];
    await who.post(path, { messages }).expect(201);
    await embedded(who);
    expect(await vectorsOf(who)).toBe(2);
    const found = await find(who, 'puppy');
    expect(found.map(({ message }) => message!.seq).sort()).toEqual([2, 3]);
  });

  it('of new messages follow with the next search, and those that are there stay', async () => {
    const who = api.actingFor('growing');
    const path = await talkOf(who, 'I own a vessel');
    await embedded(who);
    const before = service.texts.length;
    await who.post(`${path}/messages`, saying('My hound is called Rex')).expect(201);
    expect(contentsOf(await find(who, 'puppy'))).not.toContain('My hound is called Rex');
    await embedded(who);
    expect(contentsOf(await find(who, 'puppy'))[0]).toBe('My hound is called Rex');
    expect(service.texts.slice(before)).not.toContain('I own a vessel');
  });

  it('are made once, whatever was asked for how often', async () => {
    const who = api.actingFor('often');
    await talkOf(who, 'My hound is called Once');
    await Promise.all(
      Array.from({ length: 10 }, () => {
        forgetAsked();
        return find(who, 'puppy');
      }),
    );
    const { rows } = await api.database.admin(
      `select j.id from threadkeep.job j join threadkeep.app_user u on u.id = j.user_id
        where j.name = 'message.embed' and u.external_id = 'often'`,
    );
    expect(rows).toHaveLength(1);
    await embedAll();
    expect(service.texts.filter((text) => text === 'My hound is called Once')).toHaveLength(1);
  });

  it('wait for a message that is growing, and for those behind it', async () => {
    const who = api.actingFor('streams');
    const path = await talkOf(who, 'I own a vessel');
    const growing = { role: 'assistant', content: 'My ho', status: 'in_progress', key: 'reply' };
    await who.post(`${path}/messages`, growing).expect(201);
    await who.post(`${path}/messages`, saying('A cold beverage')).expect(201);
    await embedded(who);
    expect(await vectorsOf(who)).toBe(1);
    await who
      .post(`${path}/messages`, { role: 'assistant', content: 'My hound', key: 'reply' })
      .expect(200);
    await embedded(who);
    expect(await vectorsOf(who)).toBe(3);
    expect(contentsOf(await find(who, 'puppy'))[0]).toBe('My hound');
  });

  it('of many messages are made page by page, and give other users their turn', async () => {
    const who = api.actingFor('many');
    const contents = Array.from({ length: 1_300 }, (_, n) => `note ${n}`);
    const path = await talkOf(who, ...contents.slice(0, 650));
    await who.post(`${path}/messages`, { messages: contents.slice(650).map(saying) }).expect(201);
    await who.post(`${path}/messages`, saying('My hound is called Rex')).expect(201);
    forgetAsked();
    await find(who, 'anything');
    const { rows } = await api.database.admin(
      `select id from threadkeep.job where name = 'message.embed' and status = 'queued'`,
    );
    await api.app.get(JobRunner).run((rows[0] as { id: string }).id);
    const first = await vectorsOf(who);
    expect(first).toBeGreaterThan(0);
    expect(first).toBeLessThan(1_301);
    await embedAll();
    expect(await vectorsOf(who)).toBe(1_301);
    expect(contentsOf(await find(who, 'puppy'))[0]).toBe('My hound is called Rex');
  });

  it('of many conversations are there for the next search, the newest first', async () => {
    const who = api.actingFor('talks');
    for (let n = 0; n < 60; n++) await talkOf(who, `note ${n}`);
    await talkOf(who, 'My hound is called Rex');
    await embedded(who);
    expect(contentsOf(await find(who, 'puppy'))[0]).toBe('My hound is called Rex');
    const restarted = await createTestApp(service.environment, api.database);
    const hits = await find(restarted.actingFor('talks'), 'note puppy', { limit: 100 });
    expect(hits).toHaveLength(61);
    for (const { matchedBy } of hits) expect(['vector', 'both']).toContain(matchedBy);
    await restarted.close();
  });

  it('of replies that were growing are there, however many finish at once', async () => {
    const who = api.actingFor('replies');
    const path = await talkOf(who, 'note');
    const reply = (n: number, status?: string) => ({
      ...{ role: 'assistant', content: `${'x '.repeat(120_000)}hound ${n}`, key: `r${n}` },
      ...(status ? { status, content: 'x' } : {}),
    });
    const numbers = [0, 1, 2, 3, 4, 5];
    for (const n of numbers)
      await who.post(`${path}/messages`, reply(n, 'in_progress')).expect(201);
    await embedded(who);
    for (const n of numbers) await who.post(`${path}/messages`, reply(n)).expect(200);
    await embedded(who);
    await Promise.all(numbers.map(() => find(who, 'anything')));
    expect((await find(who, 'dog')).filter(({ matchedBy }) => matchedBy === 'vector')).toHaveLength(
      7,
    );
  });

  it('are none for a user with more messages than are compared, until there are fewer', async () => {
    const limited = await createTestApp(
      { ...service.environment, MEMORY_VECTORS_IN_PROCESS: '2' },
      api.database,
    );
    const who = limited.actingFor('limited');
    await talkOf(who, 'My hound is called Rex');
    await embedded(who, limited);
    expect(contentsOf(await find(who, 'puppy'))).toEqual(['My hound is called Rex']);
    const other = await talkOf(who, 'A vessel', 'A beverage');
    await embedded(who, limited);
    expect(await find(who, 'puppy')).toEqual([]);
    expect(await vectorsOf(api.actingFor('limited'))).toBe(1);
    await who.delete(`${other}?purge=true&derived=keep`).expect(204);
    expect(contentsOf(await find(who, 'puppy'))).toEqual(['My hound is called Rex']);
    await limited.close();
  });

  it('of another model are made anew', async () => {
    const who = api.actingFor('models');
    await talkOf(who, 'My hound is called Rex');
    await embedded(who);
    await api.database.admin(
      `with heads as (update threadkeep.message_embedding_head set model = 'older')
       update threadkeep.message_embedding set model = 'older'`,
    );
    const restarted = await createTestApp(service.environment, api.database);
    const again = restarted.actingFor('models');
    expect(await find(again, 'puppy')).toEqual([]);
    await embedAll(restarted);
    expect(contentsOf(await find(again, 'puppy'))).toEqual(['My hound is called Rex']);
    await restarted.close();
  });
});

describe('what is removed', () => {
  const ERASURES: [string, (who: Caller, path: string) => Promise<unknown>][] = [
    ['a message', (who, path) => who.delete(`${path}/messages/key:k?derived=keep`).expect(204)],
    [
      'a part of a message',
      (who, path) =>
        who
          .post(`${path}/messages/key:k/redact`, { content: 'My vessel', derived: 'keep' })
          .expect(200),
    ],
    ['a conversation', (who, path) => who.delete(`${path}?purge=true&derived=keep`).expect(204)],
  ];
  it.each(ERASURES)('leaves no vector: %s', async (_, erase) => {
    const who = api.actingFor('erasing');
    const path = await talkOf(who, 'A puppy barks');
    await who.post(`${path}/messages`, { ...saying('My hound'), key: 'k' }).expect(201);
    await embedded(who);
    const before = await vectorsOf(who);
    await erase(who, path);
    expect(await vectorsOf(who)).toBeLessThan(before);
    const found = contentsOf(await find(who, 'dog', { limit: 1 }));
    expect(found).not.toContain('My hound');
    // Its new words are not taken for what it said.
    expect(found).not.toContain('My vessel');
    await embedded(who);
    const { rows } = await api.database.admin(
      `select m.content from threadkeep.message_embedding e
         join threadkeep.message m on m.user_id = e.user_id and m.id = e.message_id
        where m.erased is not null`,
    );
    expect(rows).toEqual([]);
    await who.delete(`${path}?purge=true&derived=keep`);
  });

  describe('while a job saves what it had read before', () => {
    /** What a job does at the end of a step. */
    async function saverOf(who: Caller, path: string) {
      const { body } = await who.get(`${path}/messages`).expect(200);
      const vectors = (body.data as { id: string }[]).map(({ id }) => ({
        id,
        vector: new Int8Array(16).fill(1),
      }));
      const conversationId = path.split('/').at(-1)!;
      const { body: me } = await who.get('/v1/users/me').expect(200);
      const inScope = <T>(work: () => Promise<T>) =>
        api.app.get(RequestContexts).runAsUser((me as { id: string }).id, work);
      const save = () =>
        api.app
          .get(MessageEmbeddingRepository)
          .save(api.app.get(Embedder).model!, { conversationId, after: 0, upTo: 2, vectors });
      return {
        save: () => inScope(save),
        saveInScope: save,
        ids: vectors.map(({ id }) => id),
        inScope,
      };
    }
    const isWaiting = async () => {
      const { rowCount } = await api.database.admin(
        `select from pg_stat_activity where datname = current_database()
           and wait_event_type = 'Lock' and query like '%threadkeep.message%'`,
      );
      return rowCount !== 0;
    };
    const change = (fields: string, id: string) =>
      `update threadkeep.message set ${fields} where id = '${id}'`;
    const ERASED = `content = '', erased = '{"how": "removed"}'`;
    const SEALED = `content = ':sealed:1:A' || repeat('Q', 60)`;

    it('gets no vector when it was removed before', async () => {
      const who = api.actingFor('removed');
      const path = await talkOf(who, 'My hound is called Rex', 'A puppy barks');
      const { save, ids } = await saverOf(who, path);
      await who.delete(`${path}/messages/${ids[0]}?derived=keep`).expect(204);
      expect(await save()).toBe(true);
      expect(await vectorsOf(who)).toBe(1);
    });

    it.each([
      ['removed', ERASED, 1],
      ['sealed', SEALED, 0],
    ])('gets none while it is being %s', async (name, fields, left) => {
      const who = api.actingFor(`being ${name}`);
      const path = await talkOf(who, 'My hound is called Rex', 'A puppy barks');
      const { save, ids } = await saverOf(who, path);
      let saving: Promise<boolean> | undefined;
      await withClient(api.database.adminUrl, async (client) => {
        await client.query('begin');
        await client.query(change(fields, ids[1]!));
        saving = save();
        await eventually(isWaiting);
        await client.query('commit');
      });
      // A conversation with a sealed message is looked through up to it.
      expect(await saving).toBe(left === 1);
      expect(await vectorsOf(who)).toBe(left);
    });

    it.each([
      ['removed', ERASED, 1],
      ['sealed', SEALED, 1],
    ])('loses it when it is %s right after', async (name, fields, left) => {
      const who = api.actingFor(`${name} after`);
      const path = await talkOf(who, 'My hound is called Rex', 'A puppy barks');
      const { saveInScope, ids, inScope } = await saverOf(who, path);
      let erasing: Promise<unknown> | undefined;
      await inScope(() =>
        api.app.get(ScopedDatabase).transaction(async () => {
          expect(await saveInScope()).toBe(true);
          erasing = api.database.admin(change(fields, ids[1]!));
          await eventually(isWaiting);
        }),
      );
      await erasing;
      expect(await vectorsOf(who)).toBe(left);
    });

    it('saves nothing twice, nor behind what another job has done', async () => {
      const who = api.actingFor('twice');
      const path = await talkOf(who, 'My hound is called Rex', 'A puppy barks');
      const { save } = await saverOf(who, path);
      expect([await save(), await save()]).toEqual([true, false]);
    });
  });
});

describe('messages that are sealed', () => {
  const settings = (seals: string) => ({
    ...service.environment,
    SEAL_MESSAGES: seals,
    VAULT_KEYS: `k1:${KEY}`,
  });

  it('have no vectors, also those of before, and have them again when they are unsealed', async () => {
    const who = api.actingFor('sealing');
    const path = await talkOf(who, 'My hound is called Rex');
    await embedded(who);
    expect(await vectorsOf(who)).toBe(1);
    const sealed = await createTestApp(settings('true'), api.database);
    const same = sealed.actingFor('sealing');
    await same.post(`${path}/messages`, saying('A puppy barks')).expect(201);
    await runJob(sealed, 'message.seal');
    expect(await vectorsOf(who)).toBe(0);
    await embedded(same, sealed);
    expect(await find(same, 'dog')).toEqual([]);
    expect((await find(same, 'hound'))[0]).toMatchObject({ matchedBy: 'lexical' });
    await sealed.close();
    // What is sealed stays so without the setting.
    const unset = await createTestApp(settings(''), api.database);
    const still = unset.actingFor('sealing');
    await embedded(still, unset);
    expect((await find(still, 'hound'))[0]).toMatchObject({ matchedBy: 'lexical' });
    expect(await vectorsOf(who)).toBe(0);
    await unset.close();
    const unsealed = await createTestApp(settings('false'), api.database);
    const again = unsealed.actingFor('sealing');
    await runJob(unsealed, 'message.seal');
    await embedded(again, unsealed);
    expect(contentsOf(await find(again, 'dog')).sort()).toEqual([
      'A puppy barks',
      'My hound is called Rex',
    ]);
    await unsealed.close();
  });
});

const KEY = Buffer.alloc(32, 7).toString('base64');
