import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { ScopedDatabase } from '../../src/platform/database/index.js';
import { EventsRepository } from '../../src/planner/events/events.repository.js';
import { type Caller, createTestApp, type TestApp } from '../support/app.js';
import { everyPage, idsOf, type Item } from '../support/pages.js';
import { expectProblem } from '../support/problem.js';

let app: TestApp;
let ada: Caller;
let bob: Caller;
let users = 0;
beforeAll(async () => {
  app = await createTestApp();
});
// Two new users for each test: a list shows all that its user has.
beforeEach(async () => {
  users++;
  [ada, bob] = [app.actingFor(`ada ${users}`), app.actingFor(`bob ${users}`)];
  await create({ title: 'of Bob', start: '2026-06-01' }, bob);
  await create({ title: 'of Bob', start: fromNow(0.1) }, bob);
});
afterAll(() => app.close());

const create = async (values: object = {}, as = ada): Promise<Item> =>
  (
    await as
      .post('/v1/events', { title: 'an event', start: '2026-06-01T10:00:00Z', ...values })
      .expect(201)
  ).body;
const pathOf = ({ id }: { id: string }) => `/v1/events/${id}`;
const edit = async (event: Item, changes: object): Promise<Item> =>
  (await ada.patch(pathOf(event), changes).expect(200)).body;
const listed = async (path = '') => (await everyPage(ada, `/v1/events${path}`)).flat();
const fromNow = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString();
const notThere = async (response: PromiseLike<Parameters<typeof expectProblem>[0]>) =>
  expectProblem(await response, 404, 'event.not_found');
const newConversation = async (as: Caller): Promise<Item> =>
  (await as.post('/v1/conversations').expect(201)).body;
const pointersOf = (response: Parameters<typeof expectProblem>[0]) =>
  (
    expectProblem(response, 422, (response.body as { code: string }).code)['errors'] as {
      pointer: string;
    }[]
  ).map(({ pointer }) => pointer);

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

describe('creating an event', () => {
  it('needs a title and a start, and answers with the event', async () => {
    const { body, headers } = await ada
      .post('/v1/events', { title: 'Dentist', start: '2026-06-01T10:00:00+02:00' })
      .expect(201);
    expect(body).toEqual({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      title: 'Dentist',
      description: null,
      location: null,
      start: '2026-06-01T10:00:00+02:00',
      end: null,
      timeZone: null,
      allDay: false,
      startsAt: '2026-06-01T08:00:00.000Z',
      endsAt: '2026-06-01T08:00:00.000Z',
      conversationId: null,
      metadata: {},
      version: 1,
      createdAt: expect.stringMatching(TIME),
      updatedAt: body.createdAt,
      deletedAt: null,
    });
    expect(headers).toMatchObject({ location: pathOf(body), etag: '"1"' });
    expect((await ada.get(pathOf(body)).expect(200)).body).toEqual(body);
    expect(await listed()).toEqual([body]);
  });

  it('stores the fields exactly as they were sent', async () => {
    const { id: conversationId } = await newConversation(ada);
    const given = {
      ...{
        title: 'x'.repeat(500),
        description: 'y'.repeat(10_000),
        location: '😀'.repeat(500),
        conversationId,
        metadata: { constructor: [1] },
      },
      ...{ start: '2026-06-01t10:00:00.5z', end: '2026-06-01T14:00:00', timeZone: 'europe/oslo' },
    };
    expect(await create(given)).toMatchObject({
      ...given,
      startsAt: '2026-06-01T10:00:00.500Z',
      endsAt: '2026-06-01T12:00:00.000Z',
    });
  });

  it.each([
    [
      'a time in summer',
      { start: '2026-07-01T09:00:00', timeZone: 'America/New_York' },
      '2026-07-01T13:00:00.000Z',
      '2026-07-01T13:00:00.000Z',
    ],
    [
      'a time in winter',
      { start: '2026-01-01T09:00:00', timeZone: 'America/New_York' },
      '2026-01-01T14:00:00.000Z',
      '2026-01-01T14:00:00.000Z',
    ],
    [
      'a day without a zone',
      { start: '2026-03-29' },
      '2026-03-29T00:00:00.000Z',
      '2026-03-30T00:00:00.000Z',
    ],
    [
      'the day of 23 hours',
      { start: '2026-03-29', timeZone: 'Europe/Oslo' },
      '2026-03-28T23:00:00.000Z',
      '2026-03-29T22:00:00.000Z',
    ],
    [
      'the day of 25 hours',
      { start: '2026-10-25', timeZone: 'Europe/Oslo' },
      '2026-10-24T22:00:00.000Z',
      '2026-10-25T23:00:00.000Z',
    ],
    [
      'days across it',
      { start: '2026-10-24', end: '2026-10-27', timeZone: 'Europe/Oslo' },
      '2026-10-23T22:00:00.000Z',
      '2026-10-26T23:00:00.000Z',
    ],
    [
      'a zone of half hours',
      { start: '2026-06-01', timeZone: 'Asia/Kolkata' },
      '2026-05-31T18:30:00.000Z',
      '2026-06-01T18:30:00.000Z',
    ],
    [
      'a flight between zones',
      { start: '2026-06-01T10:00:00+02:00', end: '2026-06-01T12:00:00-04:00' },
      '2026-06-01T08:00:00.000Z',
      '2026-06-01T16:00:00.000Z',
    ],
  ])('computes the instants of %s', async (_title, given, startsAt, endsAt) => {
    expect(await create(given)).toMatchObject({
      ...given,
      allDay: !given.start.includes('T'),
      startsAt,
      endsAt,
    });
  });

  it.each([
    [{ title: undefined }, '/title'],
    [{ title: '' }, '/title'],
    [{ location: 'x'.repeat(501) }, '/location'],
    [{ description: 5 }, '/description'],
    [{ start: undefined }, '/start'],
    [{ start: 'tomorrow' }, '/start'],
    [{ start: '2026-02-30' }, '/start'],
    [{ start: 20260601 }, '/start'],
    [{ start: '2026-06-01T10:00:00' }, '/timeZone'],
    [{ start: '2026-06-01', timeZone: 'Mars/Olympus' }, '/timeZone'],
    [{ timeZone: 'CET' }, '/timeZone'],
    [{ end: '2026-06-01T09:59:59.999Z' }, '/end'],
    [{ end: '2026-06-01T10:30:00+02:00' }, '/end'],
    [{ end: '2026-06-02' }, '/end'],
    [{ start: '2026-06-01', end: '2026-06-02T00:00:00Z' }, '/end'],
    [{ start: '2026-06-01', end: '2026-06-01' }, '/end'],
    [{ allDay: true }, '/allDay'],
    [{ startsAt: '2026-06-01T10:00:00Z' }, '/startsAt'],
    [{ recurrence: 'FREQ=DAILY' }, '/recurrence'],
    [{ conversationId: 5 }, '/conversationId'],
    [{ metadata: 'x' }, '/metadata'],
  ])('refuses invalid fields with a pointer to each (%#)', async (values, pointer) => {
    expect(
      pointersOf(
        await ada.post('/v1/events', { title: 'x', start: '2026-06-01T10:00:00Z', ...values }),
      ),
    ).toEqual([pointer]);
    expect(await listed()).toEqual([]);
  });

  it('refuses a time zone that the database does not know', async () => {
    const at = { local: '2026-06-01T10:00:00', zone: 'Mars/Olympus' };
    const asked = app.app
      .get(ScopedDatabase)
      .runAsSystem('a test', () =>
        app.app.get(EventsRepository).resolveInstants({ allDay: false, from: at, to: at }),
      );
    await expect(asked).rejects.toMatchObject({
      code: 'event.invalid_times',
      details: { errors: [{ pointer: '/timeZone' }] },
    });
  });

  it("refuses an unknown conversation and another user's with the same answer", async () => {
    for (const conversationId of [
      (await newConversation(bob)).id,
      '00000000-0000-7000-8000-000000000000',
    ]) {
      const problem = expectProblem(
        await ada.post('/v1/events', { title: 'x', start: '2026-06-01', conversationId }),
        422,
        'event.conversation_not_found',
      );
      expect(problem['errors']).toEqual([
        { pointer: '/conversationId', message: expect.any(String) },
      ]);
    }
  });
});

describe('changing an event', () => {
  it('changes only the fields that were sent, and counts up the version', async () => {
    const made = await create({
      description: 'first',
      location: 'here',
      end: '2026-06-01T11:00:00Z',
    });
    expect(await edit(made, { title: 'second' })).toEqual({
      ...made,
      title: 'second',
      version: 2,
      updatedAt: expect.stringMatching(TIME),
    });
    expect(
      await edit(made, {
        title: null,
        start: null,
        metadata: null,
        description: null,
        location: null,
      }),
    ).toMatchObject({
      title: 'second',
      start: made['start'],
      description: null,
      location: null,
      version: 3,
    });
  });

  it('computes the instants from sent and stored times together', async () => {
    const made = await create({
      start: '2026-06-01T10:00:00',
      end: '2026-06-01T11:00:00',
      timeZone: 'Europe/Oslo',
    });
    expect(await edit(made, { timeZone: 'Asia/Tokyo' })).toMatchObject({
      startsAt: '2026-06-01T01:00:00.000Z',
      endsAt: '2026-06-01T02:00:00.000Z',
      start: '2026-06-01T10:00:00',
    });
    expect(await edit(made, { end: null })).toMatchObject({
      end: null,
      startsAt: '2026-06-01T01:00:00.000Z',
      endsAt: '2026-06-01T01:00:00.000Z',
    });
    expect(await edit(made, { start: '2026-06-02' })).toMatchObject({
      allDay: true,
      startsAt: '2026-06-01T15:00:00.000Z',
      endsAt: '2026-06-02T15:00:00.000Z',
    });
    expect(await edit(made, { timeZone: null })).toMatchObject({
      allDay: true,
      timeZone: null,
      startsAt: '2026-06-02T00:00:00.000Z',
    });
  });

  it('refuses times that do not fit to the stored ones, and changes nothing', async () => {
    const made = await create({
      start: '2026-06-01T10:00:00',
      end: '2026-06-01T11:00:00',
      timeZone: 'Europe/Oslo',
    });
    const refusals = {
      '/end': [
        { start: '2026-06-01T12:00:00' },
        { end: '2026-05-31T12:00:00' },
        { start: '2026-06-01' },
        { end: '2026-06-02' },
      ],
      '/timeZone': [{ timeZone: null }, { timeZone: 'x' }],
    };
    for (const [pointer, all] of Object.entries(refusals))
      for (const changes of all)
        expect(pointersOf(await ada.patch(pathOf(made), changes))).toEqual([pointer]);
    expect((await ada.get(pathOf(made))).body).toEqual(made);
  });

  it('keeps a new start and a new end of two concurrent requests', async () => {
    const made = await create({ start: '2026-06-01T00:00:00Z', end: '2026-06-30T00:00:00Z' });
    for (let day = 10; day < 20; day++) {
      const [start, end] = [`2026-06-${day}T00:00:00.000Z`, `2026-06-${day}T01:00:00.000Z`];
      await edit(made, { start: '2026-06-01T00:00:00Z', end: '2026-06-30T00:00:00Z' });
      await Promise.all([edit(made, { start }), edit(made, { end })]);
      expect((await ada.get(pathOf(made))).body).toMatchObject({
        start,
        end,
        startsAt: start,
        endsAt: end,
      });
    }
  });

  it('requires the version of If-Match', async () => {
    const made = await create();
    const { headers } = await ada
      .with({ 'if-match': '"1"' })
      .patch(pathOf(made), { start: '2026-07-01' })
      .expect(200);
    expect(headers['etag']).toBe('"2"');
    for (const changes of [{ start: '2026-08-01' }, { title: 'x' }]) {
      const problem = expectProblem(
        await ada.with({ 'if-match': '"1"' }).patch(pathOf(made), changes),
        412,
        'request.precondition_failed',
      );
      expect(problem).toMatchObject({ version: 2, etag: '"2"' });
    }
    expectProblem(
      await ada.with({ 'if-match': '"1"' }).delete(pathOf(made)),
      412,
      'request.precondition_failed',
    );
    await ada.with({ 'if-none-match': '"2"' }).get(pathOf(made)).expect(304);
  });

  it('still names its purged conversation, and is found by it', async () => {
    const { id } = await newConversation(ada);
    const made = await create({ conversationId: id });
    await ada.delete(`/v1/conversations/${id}?purge=true`).expect(200);
    expect((await ada.get(pathOf(made))).body).toEqual(made);
    expect(
      (await ada.patch(pathOf(made), { title: 'changed', conversationId: id }).expect(200)).body,
    ).toMatchObject({ conversationId: id });
    expectProblem(
      await ada.post('/v1/events', {
        title: 'another',
        start: '2026-06-01T10:00:00Z',
        conversationId: id,
      }),
      422,
      'event.conversation_not_found',
    );
  });
});

describe('deleting an event', () => {
  it('hides it until it is restored', async () => {
    const made = await create();
    await ada.delete(pathOf(made)).expect(204);
    for (const gone of [
      ada.get(pathOf(made)),
      ada.patch(pathOf(made), { title: 'x' }),
      ada.patch(pathOf(made), { start: '2026-07-01' }),
      ada.delete(pathOf(made)),
    ])
      await notThere(gone);
    expect(await listed()).toEqual([]);
    expect(idsOf(await listed('?filter[deletedAt][exists]=true'))).toEqual([made.id]);
    expect((await ada.post(`${pathOf(made)}/restore`).expect(200)).body).toMatchObject({
      start: made['start'],
      deletedAt: null,
    });
    expect(idsOf(await listed())).toEqual([made.id]);
  });

  it('with purge=true deletes it permanently, whether it was soft-deleted or not', async () => {
    for (const deletedBefore of [false, true]) {
      const made = await create();
      if (deletedBefore) await ada.delete(pathOf(made)).expect(204);
      await ada.delete(`${pathOf(made)}?purge=true`).expect(204);
      await notThere(ada.post(`${pathOf(made)}/restore`));
      expect(
        (await app.database.admin('select from threadkeep.event where id = $1', [made.id]))
          .rowCount,
      ).toBe(0);
    }
  });
});

describe("another user's event", () => {
  it('answers 404 on every route', async () => {
    const made = await create();
    await notThere(bob.get(pathOf(made)));
    await notThere(bob.patch(pathOf(made), { title: 'x' }));
    await notThere(bob.patch(pathOf(made), { start: '2026-07-01' }));
    await notThere(bob.delete(`${pathOf(made)}?purge=true`));
    await notThere(bob.post(`${pathOf(made)}/restore`));
    expect((await ada.get(pathOf(made))).body).toEqual(made);
  });
});
