import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { GuardFamily } from '../config/memory-settings.js';
import { alphanumeric, of, random } from '../../../test/support/fake-tokens.js';
import { findingsIn, findingsInFields } from './findings.js';

const BOTH = new Set(['secrets', 'pii'] as const);
const SECRETS = new Set(['secrets'] as const);
const PII = new Set(['pii'] as const);
const findingsInRow = (content: string, metadata: unknown, families: ReadonlySet<GuardFamily>) =>
  findingsInFields({ content, metadata }, families);
const kindsIn = (text: string): string[] => findingsIn(text, BOTH).map(({ kind }) => kind);

const SECRET_TEXTS: [kind: string, text: string][] = [
  ['aws_access_key_id', of('AKIA', 'Z4XK7QPLM2', 'VT3HWC')],
  ['aws_access_key_id', of('the key is "ASIA', 'Y34FZKBOKMUTVV7A', '".')],
  ['credential', of('aws_secret_access_key = ', 'wJalrXUtnFEMI/K7MDENG/', 'bPxRfiCYEXAMPLEKEY')],
  ['credential', of('{"SecretAccessKey": "', 'wJalrXUtnFEMI/K7MDENG/', 'bPxRfiCYEXAMPLEKEY"}')],
  ['github_token', of('ghp', '_', alphanumeric(36))],
  ['github_token', of('use gho', '_', alphanumeric(36), ', please')],
  ['github_token', of('ghs', '_', alphanumeric(36))],
  ['github_token', of('ghu', '_', alphanumeric(36))],
  ['github_token', of('GITHUB_TOKEN=ghr', '_', alphanumeric(76))],
  ['github_token', of('github', '_pat_', alphanumeric(22), '_', alphanumeric(59))],
  ['gitlab_personal_access_token', of('gl', 'pat-', alphanumeric(20))],
  ['openai_key', of('s', 'k-', alphanumeric(48))],
  ['openai_key', of('s', 'k-proj-', alphanumeric(60), '_', alphanumeric(40))],
  ['openrouter_key', of('s', 'k-or-v1-', random(64))],
  ['anthropic_key', of('s', 'k-ant-api03-', alphanumeric(90), 'AA')],
  ['slack_token', of('xo', 'xb-', '2923847561203-2930475612034-', alphanumeric(24))],
  ['slack_token', of('xo', 'xe.xo', 'xp-1-', alphanumeric(40))],
  [
    'incoming_webhook',
    of('https://hooks.slack.com', '/services/', 'T02AB3CD4/B05EF6GH7/', alphanumeric(24)),
  ],
  ['stripe_key', of('sk', '_live_', alphanumeric(24))],
  ['stripe_key', of('rk', '_live_', alphanumeric(99))],
  ['google_api_key', of('AI', 'za', alphanumeric(35))],
  ['npm_access_token', of('//registry.npmjs.org/:_authToken=npm', '_', alphanumeric(36))],
  ['hugging_face_token', of('hf', '_', alphanumeric(34))],
  ['sendgrid_key', of('SG', '.', alphanumeric(22), '.', alphanumeric(43))],
  ['threadkeep_key', of('tk', '_', random(43, 'base64url'))],
  [
    'azure_key',
    of('DefaultEndpointsProtocol=https;AccountName=a;Account', 'Key=', alphanumeric(86), '==;'),
  ],
  [
    'azure_key',
    of('Endpoint=sb://a.servicebus.windows.net/;SharedAccess', 'Key=', alphanumeric(43), '='),
  ],
  [
    'azure_sas',
    of('https://a.blob.core.windows.net/b?sv=2022-11-02&sp=r&si', 'g=', alphanumeric(43), '%3D'),
  ],
  ['azure_client_secret', of('the secret is abc', '8Q~', alphanumeric(34))],
  ['telegram_token', of('123456789', ':AA', alphanumeric(33))],
  [
    'telegram_token',
    of('https://api.telegram.org/bot9876543210', ':AA', alphanumeric(33), '/getMe'),
  ],
  ['discord_token', of('M', alphanumeric(23), '.Gh4x_1.', alphanumeric(38))],
  [
    'discord_webhook',
    of('https://discord.com/api/', 'webhooks/', '123456789012345678/', alphanumeric(68)),
  ],
  ['digitalocean_token', of('dop', '_v1_', random(64))],
  ['docker_personal_access_token', of('dckr', '_pat_', alphanumeric(27))],
  ['google_oauth_secret', of('GOC', 'SPX-', alphanumeric(28))],
  ['pypi_token', of('pypi', '-AgEIcHlwaS5vcmc', alphanumeric(120))],
  ['shopify_key', of('shp', 'at_', random(32))],
  ['hashicorp_vault_service_token', of('hv', 's.', alphanumeric(90))],
  ['vault_token', of('hv', 's.', alphanumeric(24))],
  ['groq_api_key', of('gs', 'k_', alphanumeric(52))],
  ['twilio_key', of('S', 'K', random(32))],
  ['pin', 'my PIN is 4711'],
  ['pin', 'PIN code: 4711.'],
  ['pin', 'Die PIN ist 4711'],
  ['private_key', of('-----BEGIN ', 'RSA PRIVATE ', 'KEY-----\nMIIEpAIBAAKCAQEA')],
  ['private_key', of('-----BEGIN ', 'PRIVATE ', 'KEY-----')],
  ['private_key', of('-----BEGIN ', 'OPENSSH PRIVATE ', 'KEY-----\\nb3BlbnNzaC1rZXk')],
  ['private_key', of('-----BEGIN PGP ', 'PRIVATE ', 'KEY BLOCK-----')],
  [
    'jwt',
    of(
      'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9',
      '.eyJzdWIiOiIxMjM0NTY3ODkwIn0',
      '.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U',
    ),
  ],
  ['bearer_token', of('Authorization: Bearer ', alphanumeric(40))],
  ['bearer_token', of('curl -H "Authorization: Basic ', 'dXNlcjE6aHVudGVyMjIy', 'MTIz"')],
  ['url_password', of('postgres://', 'user:', 'pass@host/db')],
  ['url_password', of('the cache is at rediss://', ':s3cret@', 'cache.internal:6380')],
  ['url_password', of('mongodb+srv://', 'app:x%40y@', 'cluster0.mongodb.net')],
  ['url_password', of('https://', 'me:tok@', 'github.com/me/repo.git')],
];

const PASSWORD_TEXTS = [
  of('password: ', 'hunter2'),
  of('Password=', 'hunter2'),
  of('my password is ', 'hunter2.'),
  of('The Wi-Fi password is "', 'Tr0ub4dor&3".'),
  of('DB_PASSWORD=', 's3cr3tpw'),
  of('{"dbPassword": "', 'correct-horse-7"}'),
  of('"{\\"password\\":\\"', 'hunter22\\"}"'),
  of('**Password:** ', 'hunter2'),
  of('passwd = ', "'P@ssword'"),
  of('Passwort: ', 'Sommer2024'),
  of('passphrase: ', '84629471'),
  of('pwd:', 'qwerty123!'),
  of('password: password: ', 'hunter2'),
  of('The password is: ', 'hunter2'),
  of('the password for the Wi-Fi in the kitchen is ', 'hunter2'),
  of('Password to the old laptop was "', 'hunter2"'),
  of('password for netflix: ', 'hunter2'),
];

const CREDENTIAL_TEXTS = [
  of('api_key: ', alphanumeric(24)),
  of('API KEY = "', random(32), '"'),
  of('client_secret=', alphanumeric(32)),
  of('X-Auth-Token: ', random(40)),
  of('STRIPE_SECRET=', alphanumeric(20)),
  of('"access_token":"', alphanumeric(30), '"'),
  of('secret: ', random(32)),
];

const PII_TEXTS: [kind: string, text: string][] = [
  ...[
    '4111111111111111',
    '4111 1111 1111 1111',
    '5555-5555-5555-4444',
    '2223003122003222',
    '378282246310005',
    '3782 822463 10005',
    '6011111111111117',
    '3530111333300000',
    '30569309025904',
    '3056 930902 5904',
  ].map((number) => ['payment_card', `card ${number}`] as [string, string]),
  ['payment_card', 'card:4111111111111111, cvc 123'],
  ['payment_card', 'pay with 4111 1111 1111 1111 12/29.'],
  ['payment_card', 'amounts 1234 4111 1111 1111 1111'],
  ...[
    'DE89370400440532013000',
    'DE89 3704 0044 0532 0130 00',
    'GB29 NWBK 6016 1331 9268 19',
    'BE68 5390 0754 7034',
    'NO93 8601 1117 947',
    'FR14 2004 1010 0505 0001 3M02 606',
    'MT84MALT011000012345MTLCAST001S',
    'NL91-ABNA-0417-1643-00',
  ].map((number) => ['iban', `to ${number} please`] as [string, string]),
  ['iban', 'BE68 5390 0754 7034 PAID 2024'],
  ['iban', 'de89370400440532013000'],
  ['us_ssn', 'her number is 536-22-8145.'],
  ['us_ssn', 'SSN: 536228145'],
  ['us_ssn', 'social security number is 536 22 8145'],
];

describe('what a memory should not hold', () => {
  it.each(SECRET_TEXTS)('is found: %s', (kind, text) => {
    expect(kindsIn(text)).toContain(kind);
    expect(kindsIn(`Before it\n${text}\nand after it.`)).toContain(kind);
    expect(findingsIn(text, PII)).toEqual([]);
  });

  it.each(PASSWORD_TEXTS)('is found, a password: %s', (text) =>
    expect(kindsIn(text)).toEqual(['password']),
  );

  it.each(CREDENTIAL_TEXTS)('is found, a credential: %s', (text) =>
    expect(kindsIn(text)).toEqual(['credential']),
  );

  it.each(PII_TEXTS)('is found: %s in %j', (kind, text) => {
    expect(findingsIn(text, PII)).toEqual([{ kind, family: 'pii' }]);
    expect(findingsIn(text, SECRETS)).toEqual([]);
  });

  it('is told with its kind and family, each kind once, and never with itself', () => {
    const text = of(
      'ghp',
      '_',
      alphanumeric(36),
      ' gho',
      '_',
      alphanumeric(36),
      ' password: ',
      'hunter2',
      ' 4111111111111111',
    );
    expect(findingsIn(text, BOTH)).toEqual([
      { kind: 'github_token', family: 'secrets' },
      { kind: 'password', family: 'secrets' },
      { kind: 'payment_card', family: 'pii' },
    ]);
  });

  it('is not looked for when no family is', () => {
    expect(findingsIn(SECRET_TEXTS.map(([, text]) => text).join('\n'), new Set())).toEqual([]);
    expect(findingsInRow('4111111111111111', { a: of('tk', '_', random(43)) }, new Set())).toEqual(
      [],
    );
  });
});

describe('a token in disguise', () => {
  const key = of('ghp', '_', alphanumeric(36));
  const wide = (text: string): string =>
    text.replace(/[!-~]/g, (one) => String.fromCodePoint(one.charCodeAt(0) + 0xfee0));
  const bold = (text: string): string =>
    text.replace(/[a-z]/g, (one) => String.fromCodePoint(0x1d41a + one.charCodeAt(0) - 97));
  const every = (text: string, between: string): string => [...text].join(between);

  it.each<[string, string]>([
    ['a zero-width space', every(key, '\u200b')],
    ['a soft hyphen', `${key.slice(0, 9)}\u00ad${key.slice(9)}`],
    ['a word joiner', `${key.slice(0, 2)}\u2060${key.slice(2)}`],
    ['a byte order mark', `${key.slice(0, 20)}\ufeff${key.slice(20)}`],
    ['a variation selector', every(key, '\ufe0f')],
    ['a selector of plane 14', every(key, '\u{e0101}')],
    ['a tag character', every(key, '\u{e0041}')],
    ['a direction mark', every(key, '\u202e')],
    ['a grapheme joiner', every(key, '\u034f')],
    ['a Hangul filler', every(key, '\u3164')],
    ['a stroke through each letter', every(key, '\u0336')],
    ['full width', wide(key)],
    ['mathematical letters', bold(key)],
    ['full width and invisible', every(wide(key), '\u200d')],
    ['two lines', `${key.slice(0, 20)}\n${key.slice(20)}`],
    ['two lines of Windows', `${key.slice(0, 12)}\r\n${key.slice(12)}`],
    ['two lines among others', `my key is\n${key.slice(0, 12)}\n${key.slice(12)}\nand so on`],
    ['lines with an indent', `key:\n    ${key.slice(0, 20)}\n    ${key.slice(20)}\n`],
    ['many lines', `key:\n${key.replace(/.{8}/g, '$&\n')}`],
    ['many lines after a sentence', `my key is\n${key.replace(/.{8}/g, '$&\n')}`],
    ['many lines in a sentence', `my key is\n  ${key.replace(/.{13}/g, '$&\n  ')}\nand so on`],
    ['a shell over two lines', `curl -H "${key.slice(0, 20)}\\\n${key.slice(20)}"`],
    ['strings of code over two lines', `"${key.slice(0, 20)}" +\n  "${key.slice(20)}"`],
    ['a line separator', `${key.slice(0, 20)}\u2028${key.slice(20)}`],
    ['full width over two lines', wide(key).replace(/.{20}/u, '$&\n')],
    ['base64', Buffer.from(key).toString('base64')],
    ['base64 with more in it', Buffer.from(`{"token":"${key}"}`).toString('base64')],
    ['base64 for URLs', `see ${Buffer.from(`token ${key} ???>>>`).toString('base64url')}.`],
    [
      'base64 over lines',
      Buffer.from(`${'x'.repeat(70)} ${key}`)
        .toString('base64')
        .replace(/.{76}/g, '$&\n'),
    ],
    ['long base64', Buffer.from(`${'some words '.repeat(500)}${key}`).toString('base64')],
  ])('is found: %s', (_, text) => {
    expect(kindsIn(text)).toContain('github_token');
    expect(kindsIn(`Before it: ${text} and after it.`)).toContain('github_token');
    expect(findingsInFields({ tags: ['a', text] }, BOTH)).toEqual(
      findingsInFields({ a: text }, BOTH),
    );
  });

  it.each(SECRET_TEXTS)('is found in full width and with soft hyphens: %s', (kind, text) => {
    expect(kindsIn(every(wide(text).replaceAll('　', ' '), '\u00ad'))).toContain(kind);
  });

  it('is found where a number of a card is in full width', () => {
    expect(kindsIn(wide('4111111111111111'))).toEqual(['payment_card']);
  });

  it('is not put together from two fields or two items of a list', () => {
    const [a, b] = [key.slice(0, 20), key.slice(20)];
    expect(
      findingsInFields({ content: a, reason: b, tags: [a, b], metadata: { a, b } }, BOTH),
    ).toEqual([]);
  });
});

describe('a card number', () => {
  const withCheckDigit = (digits: string): string => {
    const sum = [...digits]
      .reverse()
      .reduce(
        (total, digit, i) =>
          total + (i % 2 === 0 ? [0, 2, 4, 6, 8, 1, 3, 5, 7, 9][Number(digit)]! : Number(digit)),
        0,
      );
    return `${digits}${(10 - (sum % 10)) % 10}`;
  };
  const digits = (length: number) =>
    fc.array(fc.nat(9), { minLength: length, maxLength: length }).map((list) => list.join(''));

  it('is known by its check digit, whatever its digits', () => {
    fc.assert(
      fc.property(digits(14), fc.constantFrom('', ' ', '-'), (middle, separator) => {
        const number = withCheckDigit(`4${middle}`);
        const grouped = number.replace(/\d{4}(?=\d)/g, `$&${separator}`);
        expect(kindsIn(`(${grouped})`)).toEqual(['payment_card']);
        const wrong = `${grouped.slice(0, -1)}${(Number(grouped.at(-1)) + 1) % 10}`;
        expect(kindsIn(`(${wrong})`)).toEqual([]);
      }),
    );
  });
});

describe('a hostile text', () => {
  // Each of these takes minutes with a pattern that is quadratic in them, and the test would time out.
  const pieces = [
    's' + 'k-proj-',
    'eyJ',
    'eyJaaaaaaaaaaa.',
    'password',
    'password:',
    'pwd=',
    'secret: a',
    '://',
    '://a:',
    'a:a@',
    '4111 ',
    '4',
    'DE89 ',
    'DE89',
    '-----BEGIN ',
    'bearer ',
    ' ',
    '"',
    '*',
    'a',
    '1-',
    'gl' + 'pat-',
    'tk_',
    'xox' + 'b-',
    'SG.',
    'ssn ',
    'secret_',
    '_token',
    'aA1',
    'пароль для ',
    'Passwort für ',
    '密码',
    'mot de passe : ',
    'PIN ',
    'M',
    'M.',
    '123456789:',
    'sig=',
    '1Q~',
    'AccountKey=',
    '\n',
    ' \n',
    '"',
    'gh\n',
    'Z2hw',
    '\u200b',
    'a\u0301',
    '\u0301\u0316',
    'ﷺ',
  ];

  it.each(pieces)('is read in linear time: %j, again and again', (piece) => {
    expect(Array.isArray(kindsIn(piece.repeat(Math.ceil(1_000_000 / piece.length))))).toBe(true);
  });
});
