// Searches of messages in any language, by the words that the service makes.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { LANGUAGE_CASES } from '../fixtures/any-language.js';
import { STOP_WORD_SEARCHES } from '../fixtures/stop-word-searches.js';
import { MISTYPED_SEARCHES } from '../fixtures/typos.js';
import { type Caller, createTestApp, type TestApp } from '../support/app.js';
import { HOSTILE_QUERY_VALUES } from '../support/hostile.js';

let app: TestApp;
let ada: Caller;
let bob: Caller;
let users = 0;
beforeAll(async () => {
  app = await createTestApp();
});
beforeEach(() => {
  users++;
  [ada, bob] = [app.actingFor(`ada ${users}`), app.actingFor(`bob ${users}`)];
});
afterAll(() => app.close());

async function say(contents: unknown[], as = ada): Promise<void> {
  const { id } = (await as.post('/v1/conversations').expect(201)).body;
  const messages = contents.map((content) => ({ role: 'user', content }));
  await as.post(`/v1/conversations/${id}/messages`, { messages }).expect(201);
}

async function found(q: string, { as = ada, more = '' } = {}): Promise<string[]> {
  const path = `/v1/messages/search?q=${encodeURIComponent(q)}${more}`;
  const { data } = (await as.get(path).expect(200)).body;
  return data.map(({ message }: { message: { content: string } }) => message.content);
}
const foundWithPrefix = (q: string) => found(q, { more: '&prefix=true' });

const FIRST = 5;

describe('messages in any language', () => {
  it.each([
    ['searches', 100, 0.9],
    ['heldOut', 40, 0.9],
  ] as const)('are found by other forms of their words: %s', async (set, atLeast, share) => {
    const missed: string[] = [];
    let count = 0;
    for (const { language, facts, [set]: searches } of LANGUAGE_CASES) {
      const as = app.actingFor(`${language} ${set}`);
      await say(facts, as);
      for (const [question, fact] of searches) {
        count++;
        const contents = await found(question, { as, more: `&limit=${FIRST}` });
        if (!contents.includes(facts[fact]!)) missed.push(`${language}: ${question}`);
      }
    }
    expect(count).toBeGreaterThanOrEqual(atLeast);
    // A failure names the searches.
    expect(missed.slice(Math.floor(count * (1 - share)))).toEqual([]);
  });

  it.each([
    ['Österreich ist schön', 'österreich', 'ÖSTERREICH', 'Osterreich'],
    ['Москва — столица', 'москва', 'МОСКВЫ', 'столицы'],
    ['我喜欢猫和狗，每天早上喝绿茶。', '绿茶', '茶', '"喝绿茶"'],
    ['毎朝コーヒーを飲みます', 'コーヒー', 'ｺｰﾋｰ', '毎朝'],
    ['저는 고양이를 키워요', '고양이', '고양이가'],
    ['ฉันชอบแมวดำ', 'แมว', 'แมวดำ'],
    ['الكتاب على الطاولة', 'كتاب', 'طاولة'],
    ['הספרים על השולחן', 'ספר', 'שולחן'],
    ['Evlerimizin bahçesi', 'evler', 'bahce'],
    ['İstanbul’da yaşıyor', 'istanbul', 'ISTANBUL'],
    ["O'Brien rang", 'O’Brien', "o'brien"],
    ['Ｆｕｌｌ ﬁre', 'full', 'fire'],
    ['https://github.com/acme/app/issues/42', 'https://github.com/acme/app/issues/42', 'issues'],
    ['see JIRA-1234 in api.staging.example.com', '1234', 'staging', 'JIRA-1234'],
    ['getUserName costs $1,299.00 🍕', 'username', '1299', '🍕', 'get_user_name'],
  ])('%s', async (content, ...questions) => {
    await say([content, 'something else']);
    for (const question of questions) expect(await found(question)).toEqual([content]);
  });

  it('are found whatever the text search configuration of the server is', async () => {
    const { name } = app.database;
    await app.database.admin(`alter database ${name} set default_text_search_config = 'simple'`);
    const other = await createTestApp({}, app.database);
    try {
      const as = other.actingFor(`ada ${users}`);
      await say(['The dogs barked'], as);
      expect(await found('dog barking', { as })).toEqual(['The dogs barked']);
    } finally {
      await other.close();
      await app.database.admin(`alter database ${name} reset default_text_search_config`);
    }
  });
});

describe('the grammar of a search', () => {
  it('finds phrases in any script, and over stop words', async () => {
    await say(['the cat in the hat', 'a hat, a cat', '喝绿茶', '绿色的茶，喝', 'Он читал книги']);
    expect(await found('"cat in the hat"')).toEqual(['the cat in the hat']);
    expect(await found('"喝绿茶"')).toEqual(['喝绿茶']);
    expect(await found('"читала книгу"')).toEqual(['Он читал книги']);
    expect(await found('"hat cat"')).toEqual([]);
  });

  it('leaves out what is negated, and no word that looks like it', async () => {
    await say(['Katze und Hund', 'Hund allein', 'a car and a dog', 'a dog, with care']);
    expect(await found('Hund -Katze')).toEqual(['Hund allein']);
    expect(await found('dog -car')).toEqual(['a dog, with care']);
    expect(await found('dog -"a car"')).toEqual(['a dog, with care']);
  });

  it('finds alternatives, each with all of its words', async () => {
    await say(['rote Äpfel', 'grüne Birnen', 'rote Birnen']);
    expect((await found('rote Äpfel or grüne Birnen')).sort()).toEqual([
      'grüne Birnen',
      'rote Äpfel',
    ]);
  });

  it('takes the last word as a beginning, with prefix=true only', async () => {
    await say(['She was running late', 'a universe of things', 'Привет, Москва', '绿茶']);
    expect(await foundWithPrefix('late runn')).toEqual(['She was running late']);
    expect(await foundWithPrefix('univ')).toEqual(['a universe of things']);
    expect(await foundWithPrefix('the')).toEqual([]);
    expect(await foundWithPrefix('th')).toEqual(['a universe of things']);
    expect(await foundWithPrefix('МОСК')).toEqual(['Привет, Москва']);
    expect(await foundWithPrefix('绿')).toEqual(['绿茶']);
    expect(await foundWithPrefix('"was runn')).toEqual(['She was running late']);
    expect(await found('univ')).toEqual([]);
    await ada.get('/v1/messages/search?q=a&prefix=1').expect(400);
  });

  it('puts the word itself before its other forms', async () => {
    await say(['painter painters painter', 'paint', 'painting']);
    expect((await found('painter'))[0]).toBe('painter painters painter');
    expect(await found('paint')).toEqual(expect.arrayContaining(['paint', 'painting']));
    expect((await found('paint')).at(-1)).toBe('painter painters painter');
  });

  it('orders equal hits by time and place, the same each time', async () => {
    await say(Array.from({ length: 30 }, () => 'the same tea'));
    const ids = async () =>
      (await ada.get('/v1/messages/search?q=tea').expect(200)).body.data.map(
        ({ message }: { message: { seq: number } }) => message.seq,
      );
    expect(await ids()).toEqual(Array.from({ length: 20 }, (_, i) => 30 - i));
    expect(await ids()).toEqual(await ids());
  });
});

describe('a question of stop words only', () => {
  it("finds the messages with all of them, and nobody else's", async () => {
    await say([...STOP_WORD_SEARCHES.flatMap(({ texts, others }) => [...texts, ...others])]);
    for (const { question, texts, others } of STOP_WORD_SEARCHES) {
      const contents = await found(question, { more: '&limit=50' });
      expect(contents).toEqual(expect.arrayContaining(texts));
      for (const other of others) expect(contents).not.toContain(other);
      expect(await found(question, { as: bob })).toEqual([]);
    }
  });

  it('puts first what is written as it was asked for, then the newest', async () => {
    await say(['Will called', 'it will rain', 'Will came', 'we will see']);
    const [will, lower] = [await found('Will'), await found('will')];
    expect(will).toEqual(['Will came', 'Will called', 'we will see', 'it will rain']);
    expect(lower).toEqual(['we will see', 'it will rain', 'Will came', 'Will called']);
  });

  it('reads phrases, or and -not, in parts and across lines too', async () => {
    const parts = [{ type: 'text', text: 'first\nbefore that' }];
    await say(['to be', 'be to', 'this and that', 'not before the cat', parts]);
    expect(await found('"to be"')).toEqual(['to be']);
    expect(await found('"to be" or this')).toEqual(['to be', 'this and that']);
    expect(await found('before')).toEqual([parts, 'not before the cat']);
    expect(await found('before -cat')).toEqual([parts]);
    expect(await found('-the')).toEqual([]);
  });

  it('is of the searched conversation, and says when not all was scanned', async () => {
    await say(['only before']);
    await say(['again before']);
    const { data: talks } = (await ada.get('/v1/conversations').expect(200)).body;
    const path = `/v1/conversations/${talks[0].id}/messages/search?q=before`;
    const { body } = await ada.get(path).expect(200);
    expect(
      body.data.map(({ message }: { message: { content: unknown } }) => message.content),
    ).toEqual(['again before']);
    expect(body.complete).toBe(true);
    const small = await createTestApp({ SEARCH_SCAN_MB: '1' }, app.database);
    try {
      const as = small.actingFor(`ada ${users}`);
      await say(
        Array.from({ length: 5 }, () => 'x '.repeat(150_000)),
        as,
      );
      const { body } = await as.get('/v1/messages/search?q=before').expect(200);
      expect(body).toEqual({ data: [], searchedBy: 'database', complete: false });
    } finally {
      await small.close();
    }
  });
});

describe('a mistyped word', () => {
  it('finds the messages with the word that it may be', async () => {
    const texts = MISTYPED_SEARCHES.flatMap(({ searches, decoys }) => [
      ...searches.map(({ text }) => text),
      ...decoys,
    ]);
    await say([...new Set(texts)]);
    const missed: string[] = [];
    const searches = MISTYPED_SEARCHES.flatMap((each) => each.searches);
    // The search asks for all words, so that it is given the mistyped one.
    for (const { question, text } of searches) {
      const contents = await Promise.all(
        question.split(/\s+/).map((word) => found(word, { more: '&limit=50' })),
      );
      if (!contents.flat().includes(text)) missed.push(question);
    }
    expect(missed.slice(Math.floor(searches.length * 0.1))).toEqual([]);
  });

  it('says so in the parts of a hit, and of no other', async () => {
    await say(['The restaurant by the harbour', 'a guitar']);
    const ask = async (q: string) =>
      (await ada.get(`/v1/messages/search?q=${encodeURIComponent(q)}&explain=true`).expect(200))
        .body.data;
    const [hit] = await ask('harbour retsaurant');
    expect(hit.parts).toEqual({
      words: expect.any(Number),
      exact: expect.any(Number),
      typos: expect.any(Number),
    });
    expect(hit.score).toBeCloseTo(hit.parts.words + hit.parts.exact + hit.parts.typos, 10);
    expect((await ask('restaurant'))[0].parts).not.toHaveProperty('typos');
    expect(
      (await ada.get('/v1/messages/search?q=guitar').expect(200)).body.data[0],
    ).not.toHaveProperty('parts');
  });

  it('is corrected only when the messages do not hold it', async () => {
    await say(['The kitchen is blue', 'Kithcen is a brand']);
    expect(await found('kithcen')).toEqual(['Kithcen is a brand']);
    expect(await found('kithcen blue')).toEqual([]);
    expect(await found('kichen')).toEqual(['The kitchen is blue']);
    expect(await found('-kichen')).toHaveLength(2);
    expect(await found('"kichen"')).toEqual([]);
    expect(await found('kichen', { as: bob })).toEqual([]);
  });
});

describe('hostile messages and questions', () => {
  const distinct = (n: number) =>
    Array.from({ length: n }, (_, i) => (i + 46_656).toString(36)).join(' ');

  it.each([
    ['a megabyte of distinct words', distinct(200_000)],
    ['two megabytes of distinct words', distinct(400_000)],
    ['a word of a megabyte', 'x'.repeat(1_000_000)],
    ['a word of two megabytes', 'y'.repeat(2_000_000)],
    ['quotes and backslashes', `'needle' \\needle\\ ''${"'\\".repeat(50_000)}`],
    ['escapes of NUL', '\\u0000 \\0 \\x00 '.repeat(20_000)],
    ['emoji', '👩🏽‍🚀🍕'.repeat(30_000)],
    ['combining marks', `a${'\u0301\u0489'.repeat(100_000)}`],
    ['ligatures of eighteen letters', 'ﷺ'.repeat(120_000)],
    ['Thai without a space', 'แมวดำกินปลา'.repeat(12_000)],
  ])('a message of %s is stored, and the others are found', async (_, content) => {
    await say(['a pebble before', content, 'a pebble behind']);
    expect((await found('pebble')).sort()).toEqual(['a pebble before', 'a pebble behind']);
    const { body } = await ada.get('/v1/messages/search?q=pebble').expect(200);
    expect(body).toMatchObject({ searchedBy: 'index', complete: true });
  });

  it('finds the first and the last word that is indexed of a message', async () => {
    await say([`first ${'漢'.repeat(60_000)} last`]);
    expect(await found('first')).toHaveLength(1);
    expect(await found('last')).toHaveLength(1);
  });

  it.each([500, 1_000])('answers any question of %d characters', async (length) => {
    await say(['harmless']);
    const units = [
      "'",
      '\\',
      '"',
      '-',
      '& ',
      '| ',
      '!',
      '(',
      ':*',
      '<->',
      'or ',
      '"a b" ',
      '-"a" ',
      'a ',
      'abc ',
      'kot ',
      '漢',
      '茶 ',
      '가나',
      'แมว',
      '🍕',
      'é',
      'a\u0301',
      'ä',
      'v1.',
      'aB',
      "a'",
      '\u200b',
      '①',
      '㎏',
    ];
    for (const unit of units)
      for (const more of ['', '&prefix=true'])
        expect(await found(unit.repeat(length).slice(0, length), { more })).toEqual([]);
    expect(await found('harmless')).toHaveLength(1);
  });

  it('indexes words that consist of optional marks, or are long after folding', async () => {
    const stretched = 'ـ';
    const contents = [
      `one ${stretched}_${stretched}`,
      `one ${stretched}-${stretched}`,
      `one سلام\u200c${stretched}${stretched}`,
      `one ก${'่'.repeat(900)}`,
      `one ${'ب'.repeat(1_100)}\u200cabc`,
      `one ${'ﷺ'.repeat(120)}-a`,
    ];
    await say(contents);
    expect((await found('one')).sort()).toEqual(contents.sort());
    for (const q of [`x-${stretched}`, `1-${stretched}`, `${stretched}@ب`, `a-${'ﷺ'.repeat(120)}`])
      expect(await found(q)).not.toBeNull();
  });

  it('finds names of stop words, of languages, times and decimals', async () => {
    const contents = ['my to-do list', 'C++ is fast', 'meet at 17:00', 'it costs 3,50'];
    await say([...contents, 'a cat can come', 'page 5']);
    for (const [i, q] of ['to-do', 'c++', '5pm', '3.5'].entries())
      expect((await found(q))[0]).toBe(contents[i]);
  });

  it('answers questions of hostile texts', async () => {
    await say(['harmless']);
    for (const text of HOSTILE_QUERY_VALUES) {
      const path = `/v1/messages/search?q=${encodeURIComponent(text.slice(0, 1_000).toWellFormed())}`;
      expect([200, 400]).toContain((await ada.get(path)).status);
    }
  });
});

describe('who finds what', () => {
  it("is never another user's words, in any script and by any form", async () => {
    await say(['secret 绿茶 Geheimnis книга']);
    await say(['harmless'], bob);
    for (const q of ['绿茶', '茶', 'книгу', 'Geheimnisse', '"secret 绿茶"', '-harmless'])
      expect(await found(q, { as: bob })).toEqual([]);
    expect(await found('sec', { as: bob, more: '&prefix=true' })).toEqual([]);
    expect(await found('книгу')).toHaveLength(1);
  });
});
