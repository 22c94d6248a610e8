// Addresses that would add a recipient or a header to a mail, at every route that takes one, and at the way out.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { uuidv7 } from 'uuidv7';
import { SmtpMail } from '../../src/platform/mail/mail.js';
import { PASSWORD } from '../support/accounts.js';
import { type Caller, createTestApp, type TestApp } from '../support/app.js';
import { SHAPES, signed, SUPABASE_SECRET } from '../support/issuers.js';
import { expectProblem } from '../support/problem.js';
import { type KeptLetter, startSmtpServer, type TestSmtpServer } from '../support/smtp-server.js';
import { eventually } from '../support/wait.js';

/** None of them is one plain address. */
const HOSTILE = [
  'a@b.example,c@d.example',
  'a@b.example, c@d.example',
  'a@b.example;c@d.example',
  'a@b.example c@d.example',
  'a@b.example\r\nBcc: c@d.example',
  'a@b.example\nBcc: c@d.example',
  'a\r\nBcc: c@d.example\r\n@b.example',
  'a@b.example>\r\nRCPT TO:<c@d.example',
  'a@b.example\r\n',
  'a@b.example\n',
  'a@b.example\t',
  'a@b.example\u0000',
  'a\u0000@b.example',
  'a@b.example\u0085Bcc: c@d.example',
  'a@b.example\u2028Bcc: c@d.example',
  'Ada <a@b.example>',
  '<a@b.example>',
  'Ada <a@b.example>, <c@d.example>',
  'group: a@b.example, c@d.example;',
  'a(comment)@b.example',
  'a@b.example(comment)',
  'a@(comment)b.example',
  '"a b"@b.example',
  '"a@c"@b.example',
  '"a\r\nBcc: c@d.example"@b.example',
  'a@c.example@b.example',
  '@relay.example:a@b.example',
  'a\\@b.example',
  'a@[127.0.0.1]',
  'mailto:a@b.example',
  'a@b.example?bcc=c@d.example',
  '\u202ea@b.example',
  'a@b\u200b.example',
  'a@b\u202e.example',
  'a@\u2028b.example',
  'a@b\u00ad.example',
  'a@b\ufeff.example',
  'a@\u3164b.example',
  `${'a'.repeat(65)}@b.example`,
  `a@${'b'.repeat(64)}.example`,
  `a@${'bbbbbbb.'.repeat(40)}example`,
  `${'a'.repeat(100_000)}@b.example`,
];

/** Letters of others that look like those of ASCII, and the like: they may be names, but no addresses. */
const LOOK_ALIKES = [
  '\u0430da@b.example',
  '\uff21da@b.example',
  'a@b\uff0eexample',
  '\u{1f600}@b.example',
];

/** Unusual addresses, and to whom their mail goes. The server in the test shows domains in Unicode. */
const HONEST: [stored: string, recipient: string][] = [
  ['ada+tag@honest.example', 'ada+tag@honest.example'],
  ["o'hara@honest.example", "o'hara@honest.example"],
  ['a%c!d=e@honest.example', 'a%c!d=e@honest.example'],
  ['=?utf-8?q?x?=@honest.example', '=?utf-8?q?x?=@honest.example'],
  ['-f@honest.example', '-f@honest.example'],
  ['ada@xn--bcher-kva.example', 'ada@b\u00fccher.example'],
  ['idn@b\u00fccher.example', 'idn@b\u00fccher.example'],
  [`${'l'.repeat(64)}@honest.example`, `${'l'.repeat(64)}@honest.example`],
];

const HEADERS = [
  'content-transfer-encoding',
  'content-type',
  'date',
  'from',
  'message-id',
  'mime-version',
  'subject',
  'to',
];

let smtp: TestSmtpServer;
let app: TestApp;
beforeAll(async () => {
  smtp = await startSmtpServer();
  app = await createTestApp({
    ...smtp.environment,
    JWT_ISSUERS: JSON.stringify([SHAPES['Supabase with a secret']!.entry('')]),
  });
});
afterAll(async () => {
  await app?.close();
  await smtp?.close();
});

/** One recipient, and no header but ours. */
function expectPlain({ to, text }: KeptLetter, recipient: string): void {
  expect(to).toEqual([recipient]);
  const head = text.slice(0, text.indexOf('\r\n\r\n')).replace(/\r\n[ \t]+/g, ' ');
  const names = head.split('\r\n').map((line) => line.split(':')[0]!.toLowerCase());
  expect(names.sort()).toEqual(HEADERS);
}

const ofIssuer = async (claims: object): Promise<Caller> => {
  const { header, payload } = SHAPES['Supabase with a secret']!;
  const values = { ...payload(uuidv7()), ...claims };
  const token = await signed(values, header, Buffer.from(SUPABASE_SECRET));
  return app.anonymous.with({ authorization: `Bearer ${token}` });
};

describe('an address that is not one plain address', () => {
  it.each([...HOSTILE, ...LOOK_ALIKES].map((address) => [address.slice(0, 60), address]))(
    'is refused by every route that takes one: %j',
    async (_, email) => {
      const { body: user } = await app.service.post('/v1/users', {}).expect(201);
      const { body: member } = await app.anonymous
        .post('/v1/auth/register', { email: `${uuidv7()}@mail.example`, password: PASSWORD })
        .expect(201);
      const own = app.anonymous.with({ authorization: `Bearer ${member.tokens.accessToken}` });
      const answers = [
        await app.service.post('/v1/users', { email }),
        await app.service.patch(`/v1/users/${user.id as string}`, { email }),
        await app.anonymous.post('/v1/auth/register', { email, password: PASSWORD }),
        await app.anonymous.post('/v1/auth/verification', { email }),
        await app.anonymous.post('/v1/auth/password-reset', { email }),
        await own.put('/v1/auth/email', { email, password: PASSWORD }),
      ];
      for (const answer of answers) expect(answer.status).toBe(422);
      const login = await app.anonymous.post('/v1/auth/login', {
        login: email,
        password: PASSWORD,
      });
      expect([401, 422]).toContain(login.status);
    },
  );

  it('is not taken from a token of an outside issuer', async () => {
    for (const email of [...HOSTILE, ...LOOK_ALIKES].filter(({ length }) => length < 1_000)) {
      const { body } = await (await ofIssuer({ email })).get('/v1/users/me').expect(200);
      expect(body.email).toBeNull();
    }
  });

  it('gets nobody a mail, also when it stands in the database', async () => {
    const mail = new SmtpMail({
      kind: 'smtp',
      smtpUrl: smtp.url,
      from: 'us@mail.example',
    } as never);
    const before = smtp.letters.length;
    for (const to of HOSTILE.filter((address) => !/^a@b{64}/.test(address)))
      await expect(mail.send({ to, subject: 'Hello', text: 'Hello' })).rejects.toThrow(
        'that is not one address',
      );
    expect(smtp.letters.length).toBe(before);
  });
});

describe('an unusual address', () => {
  it.each(HONEST)('gets its mails alone: %s', async (email, recipient) => {
    const { body } = await app.service.post('/v1/users', { email }).expect(201);
    const before = smtp.letters.length;
    const path = `/v1/users/${body.id as string}/password`;
    await app.service.put(path, { password: PASSWORD }).expect(204);
    await eventually(() => Promise.resolve(smtp.letters.length > before));
    expectPlain(smtp.letters[before]!, recipient);
    await app.anonymous.post('/v1/auth/login', { login: email, password: PASSWORD }).expect(200);
  });

  it('that looks like another user’s gets no mail of that user', async () => {
    const email = `gitlab@look${uuidv7()}.example`;
    const { body } = await app.service.post('/v1/users', { email }).expect(201);
    const path = `/v1/users/${body.id as string}/password`;
    await app.service.put(path, { password: PASSWORD }).expect(204);
    await eventually(() => Promise.resolve(smtp.letters.some(({ to }) => to.includes(email))));
    const before = smtp.letters.length;
    // A dotted capital I is a small i in small letters; a dotless one is another letter.
    const [dotted, dotless] = ['G\u0130TLAB', 'g\u0131tlab'].map(
      (local) => `${local}@${email.split('@')[1]!}`,
    );
    // Other forms of the same letters would be the same mailbox.
    const [kelvin, fullStop] = [
      email.replace('look', 'LOO\u212a'),
      email.replace('.ex', '\u3002ex'),
    ];
    for (const other of [dotted!, dotless!, kelvin, fullStop])
      expectProblem(
        await app.anonymous.post('/v1/auth/password-reset', { email: other }),
        422,
        'request.invalid_body',
      );
    await app.anonymous.post('/v1/auth/password-reset', { email }).expect(204);
    await eventually(() => Promise.resolve(smtp.letters.length > before));
    for (const letter of smtp.letters.slice(before)) expectPlain(letter, email);
  });
});
