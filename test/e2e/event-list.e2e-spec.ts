import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Caller, createTestApp, type TestApp } from '../support/app.js';
import { everyPage, type Item } from '../support/pages.js';
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
const listed = async (path = '') => (await everyPage(ada, `/v1/events${path}`)).flat();
const titles = async (path: string) => (await listed(path)).map(({ title }) => title);
const between = (from: string, to: string) => titles(`?limit=1&from=${from}&to=${to}`);
const fromNow = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString();

describe('the list of events between two times', () => {
  const at = (time: string) => `2026-06-01T${time}:00Z`;

  it('has the events that overlap; touching is not overlapping', async () => {
    await create({ title: 'ten to eleven', start: at('10:00'), end: at('11:00') });
    expect(await between(at('11:00'), at('12:00'))).toEqual([]);
    expect(await between(at('09:00'), at('10:00'))).toEqual([]);
    for (const [from, to] of [
      ['10:59', '12:00'],
      ['09:00', '10:01'],
      ['10:15', '10:30'],
      ['09:00', '12:00'],
      ['10:00', '11:00'],
    ]) {
      expect(await between(at(from!), at(to!))).toEqual(['ten to eleven']);
    }
  });

  it('has an event without duration only where it starts', async () => {
    await create({ title: 'noon', start: at('12:00') });
    expect(await between(at('12:00'), at('13:00'))).toEqual(['noon']);
    expect(await between(at('11:00'), at('13:00'))).toEqual(['noon']);
    expect(await between(at('11:00'), at('12:00'))).toEqual([]);
  });

  it('counts an all-day event by the length of the day in its zone', async () => {
    await create({ title: 'day', start: '2026-10-25', timeZone: 'Europe/Oslo' });
    expect(await between('2026-10-25T22:59:59Z', '2026-10-26T12:00:00Z')).toEqual(['day']);
    expect(await between('2026-10-25T23:00:00Z', '2026-10-26T12:00:00Z')).toEqual([]);
    expect(await between('2026-10-24T00:00:00%2B02:00', '2026-10-25T00:00:00%2B02:00')).toEqual([]);
    expect(await between('2026-10-24T00:00:00%2B02:00', '2026-10-25T00:00:01%2B02:00')).toEqual([
      'day',
    ]);
  });

  it('may be open at either side, sorted by start, in pages', async () => {
    for (const [title, start, end] of [
      ['c', '12:00', '13:00'],
      ['a', '08:00', '14:00'],
      ['b', '10:00', '11:00'],
    ])
      await create({ title, start: at(start!), end: at(end!) });
    expect(await titles('?limit=1')).toEqual(['a', 'b', 'c']);
    expect(await titles(`?limit=1&from=${at('11:00')}`)).toEqual(['a', 'c']);
    expect(await titles(`?limit=1&to=${at('12:00')}`)).toEqual(['a', 'b']);
    expect(await titles(`?from=${at('11:00')}&sort=-startsAt&filter[title][ne]=x`)).toEqual([
      'c',
      'a',
    ]);
    expect(
      (await ada.get(`/v1/events?from=${at('11:00')}&count=true&limit=1&fields=title`)).body,
    ).toMatchObject({ data: [{ title: 'a' }], total: 2 });
  });

  it('accepts only a cursor of the same times', async () => {
    for (const start of ['10:00', '11:00']) await create({ start: at(start) });
    const path = (from: string) => `/v1/events?from=${at(from)}&limit=1`;
    const { nextCursor } = (await ada.get(path('09:00')).expect(200)).body;
    await ada.get(`${path('09:00')}&cursor=${nextCursor}`).expect(200);
    expectProblem(
      await ada.get(`${path('08:00')}&cursor=${nextCursor}`),
      400,
      'request.invalid_query',
    );
    expectProblem(await ada.get(`/v1/events?cursor=${nextCursor}`), 400, 'request.invalid_query');
  });

  it('takes a date for its midnight in UTC', async () => {
    await create({
      title: 'day',
      start: '2026-06-01T10:00:00Z',
      end: '2026-06-02T00:00:01Z',
    });
    expect(await between('2026-06-01', '2026-06-02')).toEqual(['day']);
    expect(await between('2026-06-02', '2026-06-03')).toEqual(['day']);
    expect(await between('2026-06-03', '2026-06-04')).toEqual([]);
    expect(await between('2026-05-31', '2026-06-01')).toEqual([]);
  });

  it.each([
    'from=2026-06-31',
    'from=2026-06',
    'to=tomorrow',
    'from=',
    'from=2026-06-01T00:00:00Z&from=2026-06-01T00:00:00Z',
    'until=2026-06-01T00:00:00Z',
  ])('refuses %s', async (query) => {
    const { errors } = expectProblem(
      await ada.get(`/v1/events?${query}`),
      400,
      'request.invalid_query',
    );
    expect(errors).toEqual([{ pointer: `?${query.split('=')[0]}`, message: expect.any(String) }]);
  });

  it('refuses a to before from', async () => {
    const { errors } = expectProblem(
      await ada.get(`/v1/events?from=${at('10:00')}&to=${at('10:00')}`),
      400,
      'request.invalid_query',
    );
    expect(errors).toEqual([{ pointer: '?to', message: 'must be after from' }]);
  });
});

describe('the upcoming events', () => {
  it('go on now or start within the next days', async () => {
    const spans = { 'in five days': [5, 6], now: [-1, 1], over: [-2, -1], 'in ten days': [10, 11] };
    for (const [title, [start, end]] of Object.entries(spans))
      await create({ title, start: fromNow(start!), end: fromNow(end!) });
    expect(await titles('/upcoming?limit=1')).toEqual(['now', 'in five days']);
    expect(await titles('/upcoming?days=1')).toEqual(['now']);
    expect(await titles('/upcoming?days=366&sort=-startsAt')).toEqual([
      'in ten days',
      'in five days',
      'now',
    ]);
    expectProblem(await ada.get('/v1/events/upcoming?days=0'), 400, 'request.invalid_query');
  });
});

describe('the list of events', () => {
  it.each([
    ['filter[allDay]=true', ['Holidays']],
    ['filter[timeZone]=Europe/Oslo', ['Holidays']],
    ['filter[location][contains]=ROOM', ['Review']],
    ['filter[startsAt][lt]=2026-06-01T00:00:00Z', ['Review']],
    ['filter[metadata]={"work":true}', ['Review']],
    ['filter[location][exists]=false', ['Holidays']],
    ['q=reviews', ['Review']],
    ['q=room', ['Review']],
    ['q=swimming', ['Holidays']],
    ['sort=-endsAt', ['Holidays', 'Review']],
    ['sort=-updatedAt', ['Holidays', 'Review']],
  ])('answers %s', async (query, found) => {
    await create({
      title: 'Review',
      start: '2026-05-01T10:00:00Z',
      location: 'Room 5',
      metadata: { work: true },
    });
    await create({
      title: 'Holidays',
      description: 'we swim',
      start: '2026-07-01',
      end: '2026-07-15',
      timeZone: 'Europe/Oslo',
    });
    expect(await titles(`?${encodeURI(query)}`)).toEqual(found);
  });
});
