// What lists of conversations show beside them: the last message, and how much has not been read.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Caller, createTestApp, type TestApp } from '../support/app.js';

let test: TestApp;
let ada: Caller;

beforeAll(async () => {
  test = await createTestApp();
  ada = test.actingFor('ada');
});
afterAll(() => test.close());

type Body = Record<string, unknown>;

const append = (key: string, ...contents: unknown[]) =>
  ada
    .post(`/v1/conversations/key:${key}/messages?createIfMissing=true`, {
      messages: contents.map((content) => ({ role: 'assistant', content })),
    })
    .expect(201);

async function listed(key: string, include: string): Promise<Body> {
  const { body } = await ada
    .get(`/v1/conversations?filter[key]=${key}&include=${include}`)
    .expect(200);
  return (body as { data: Body[] }).data[0]!;
}

const preview = async (key: string) =>
  (await listed(key, 'lastMessage'))['lastMessage'] as Body | null;

const mark = (key: string, upTo: unknown) => ada.put(`/v1/conversations/key:${key}/read`, { upTo });

describe('the last message of a list', () => {
  it('is there when it is asked for', async () => {
    await append('asked', 'first', 'Which tram goes to Belém?');
    expect(await preview('asked')).toEqual({
      id: expect.any(String),
      seq: 2,
      role: 'assistant',
      createdAt: expect.any(String),
      preview: 'Which tram goes to Belém?',
    });
    const { body } = await ada.get('/v1/conversations?filter[key]=asked').expect(200);
    expect((body as { data: Body[] }).data[0]).not.toHaveProperty('lastMessage');
  });

  it('is null where no message is shown', async () => {
    await ada.put('/v1/conversations/key:empty', {}).expect(201);
    expect(await preview('empty')).toBeNull();
    await append('taken-back', 'only');
    await ada.put('/v1/conversations/key:taken-back/head', { messageId: null }).expect(200);
    expect(await preview('taken-back')).toBeNull();
  });

  it('is the one that the conversation ends with', async () => {
    const { body } = await append('moved', 'first', 'second');
    const [first] = (body as { data: { id: string }[] }).data;
    await ada.put('/v1/conversations/key:moved/head', { messageId: first!.id }).expect(200);
    expect(await preview('moved')).toMatchObject({ seq: 1, preview: 'first' });
  });

  it('has the first 200 characters of its text, whole ones', async () => {
    await append('long', '🙂'.repeat(300));
    expect(await preview('long')).toMatchObject({ preview: '🙂'.repeat(200) });
    const parts = [
      { type: 'text', text: '🙂'.repeat(150) },
      { type: 'text', text: 'a'.repeat(99) },
    ];
    await append('parts', parts);
    expect(await preview('parts')).toMatchObject({
      preview: `${'🙂'.repeat(150)}\n${'a'.repeat(49)}`,
    });
  });

  it('has no preview without text, or with too many bytes of parts', async () => {
    const image = { type: 'image_url', image_url: { url: 'https://example.com/a.png' } };
    await append('picture', [image]);
    expect(await preview('picture')).toMatchObject({ preview: null });
    await append('large', [{ type: 'text', text: 'a'.repeat(20_000) }]);
    expect(await preview('large')).toMatchObject({ seq: 1, preview: null });
  });

  it('says nothing of a message that was removed', async () => {
    const { body } = await append('removed', 'secret');
    const [{ id }] = (body as { data: [{ id: string }] }).data;
    await ada.delete(`/v1/conversations/key:removed/messages/${id}`).expect(200);
    expect(await preview('removed')).toMatchObject({ id, preview: null });
  });

  it('is trimmed as any member, and asked for by its name only', async () => {
    await append('trimmed', 'words');
    const { body } = await ada
      .get(
        '/v1/conversations?filter[key]=trimmed&include=lastMessage,unread&fields=unread,lastMessage',
      )
      .expect(200);
    expect((body as { data: Body[] }).data).toEqual([
      { lastMessage: expect.objectContaining({ preview: 'words' }), unread: 1 },
    ]);
    await ada.get('/v1/conversations?include=messages').expect(400);
    await ada.get('/v1/conversations?include=').expect(400);
  });
});

describe('what has been read', () => {
  it('counts the messages that arrived since', async () => {
    await append('news', 'one', 'two', 'three');
    expect(await listed('news', 'unread')).toMatchObject({ readUpTo: 0, unread: 3 });
    const { body } = await mark('news', 2).expect(200);
    expect(body).toEqual({ readUpTo: 2, unread: 1 });
    await append('news', 'four');
    expect(await listed('news', 'unread')).toMatchObject({ readUpTo: 2, unread: 2 });
  });

  it('never goes back, whichever device is last', async () => {
    await append('devices', ...'abcdefghij');
    await Promise.all(Array.from({ length: 10 }, (_, i) => mark('devices', 10 - i).expect(200)));
    expect(await listed('devices', 'unread')).toMatchObject({ readUpTo: 10, unread: 0 });
  });

  it('is written once, however often it is sent', async () => {
    await append('again', 'one', 'two');
    const written = async () =>
      (
        await test.database.admin(
          `select xmin::text from threadkeep.conversation where key = 'again'`,
        )
      ).rows;
    await mark('again', 2).expect(200);
    const before = await written();
    for (const upTo of [2, 1]) {
      const { body } = await mark('again', upTo).expect(200);
      expect(body).toEqual({ readUpTo: 2, unread: 0 });
    }
    expect(await written()).toEqual(before);
  });

  it('is no edit', async () => {
    await append('edited', 'one');
    const before = await ada.get('/v1/conversations/key:edited').expect(200);
    await mark('edited', 1).expect(200);
    const after = await ada.get('/v1/conversations/key:edited').expect(200);
    expect(after.body).toEqual(before.body);
    expect(after.headers['etag']).toBe(before.headers['etag']);
  });

  it('is refused where there is no such message or conversation', async () => {
    await append('short', 'one');
    const { body } = await mark('short', 2).expect(422);
    expect(body).toMatchObject({ code: 'conversation.seq_out_of_range', lastSeq: 1 });
    for (const upTo of [0, -1, 1.5, '1', null, undefined]) await mark('short', upTo).expect(422);
    await mark('nobody', 1).expect(404);
    await ada.delete('/v1/conversations/key:short').expect(204);
    await mark('short', 1).expect(404);
  });

  it('is of its user only', async () => {
    const { body } = await append('private', 'one');
    const [{ conversationId }] = (body as { data: [{ conversationId: string }] }).data;
    const bob = test.actingFor('bob');
    await bob.post('/v1/tasks', { title: 'x' }).expect(201);
    await bob.put(`/v1/conversations/${conversationId}/read`, { upTo: 1 }).expect(404);
    expect(await listed('private', 'unread')).toMatchObject({ readUpTo: 0, unread: 1 });
  });

  it('goes with a fork, as far as the fork has the messages', async () => {
    await append('origin', 'one', 'two', 'three');
    await mark('origin', 2).expect(200);
    const forks = await Promise.all(
      [1, 3].map(async (seq) => {
        const { body } = await ada.post('/v1/conversations/key:origin/fork', { seq }).expect(201);
        const { id } = body as { id: string };
        const page = await ada.get(`/v1/conversations?filter[id]=${id}&include=unread`);
        return (page.body as { data: Body[] }).data[0];
      }),
    );
    expect(forks).toMatchObject([
      { readUpTo: 1, unread: 0 },
      { readUpTo: 2, unread: 1 },
    ]);
  });

  it('is exported and imported', async () => {
    await append('kept', 'one', 'two', 'three');
    await mark('kept', 2).expect(200);
    const { text } = await ada.get('/v1/conversations/key:kept/export').expect(200);
    const carol = test.actingFor('carol');
    await carol.post('/v1/conversations/import', JSON.parse(text)).expect(201);
    const page = await carol.get('/v1/conversations?include=unread').expect(200);
    expect(page.body).toMatchObject({ data: [{ key: 'kept', readUpTo: 2, unread: 1 }] });
    // Again, and longer: the mark of the source is behind the one that is here.
    await carol.put('/v1/conversations/key:kept/read', { upTo: 3 }).expect(200);
    const longer = JSON.parse(text) as { messages: Body[] };
    longer.messages.push({ role: 'user', content: 'four' });
    await carol.post('/v1/conversations/import', longer).expect(200);
    const later = await carol.get('/v1/conversations?include=unread').expect(200);
    expect(later.body).toMatchObject({ data: [{ lastSeq: 4, readUpTo: 3, unread: 1 }] });
  });
});
