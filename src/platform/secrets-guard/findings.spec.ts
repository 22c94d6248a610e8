import { createHash, randomUUID } from 'node:crypto';
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

const ORDINARY_TEXTS = [
  // Prose about secrets.
  'my password is hard to remember',
  'My password is 12 characters long, and the password is case-sensitive.',
  'The password is sha256-hashed; before, the password was base64.',
  'password: required',
  'Password: must have at least 8 characters',
  'She forgot her password again: 3 times this week.',
  'Passwords: 12345678 of them leaked in 2019',
  'password: see 1Password',
  'Password manager: 1Password, version 8.10.4',
  'password reset: https://example.com/reset1',
  'password: https://vault.example.com/s/4711',
  'password: ask bob42@example.com',
  'pwd=/home/user1/projects',
  'The secret of good bread: 18 hours of rest',
  'secret: never give up on 3 things',
  'token: 123456',
  'tokens used: 128000, max_tokens=4096',
  'next page token: 17',
  'The API key: where do I find it?',
  'api_key: [redacted]',
  'Bearer of bad news; a bearer cheque-like-instrument-of-old',
  'He plays in a secret society in "Secret Hitler 2: the reckoning".',
  // The same in other languages.
  'Das Passwort ist schwer zu merken',
  'Das Passwort lautet anders als gedacht',
  'Passwort: mindestens 8 Zeichen, 1 Ziffer',
  'Das Passwort ist 12 Zeichen lang',
  'mot de passe : obligatoire',
  'Elle a oublié son mot de passe 3 fois en 2024',
  'Le mot de passe est trop court',
  'la contraseña es difícil de recordar',
  'La contraseña: mínimo 8 caracteres',
  'Cambió la contraseña del correo el 12 de mayo de 2024',
  'la password è stata cambiata nel 2023',
  'La parola è sbagliata',
  'a senha é secreta',
  'A senha foi trocada em 2024',
  'het wachtwoord is vergeten',
  'hasło to podstawa',
  'Hasło: wymagane',
  'heslo je krátké',
  'lösenordet är för kort',
  'adgangskoden er glemt',
  'salasana on unohtunut',
  'şifre: gerekli',
  'Şifre en az 8 karakter olmalı',
  'пароль: обязательно',
  'Она забыла пароль 3 раза',
  'Пароль должен быть не короче 8 символов',
  'ο κωδικός είναι λάθος',
  'Ταχυδρομικός κωδικός: 10558',
  'كلمة المرور مطلوبة',
  'הסיסמה היא סודית',
  'पासवर्ड: आवश्यक',
  'पासवर्ड 8 अक्षर का होना चाहिए',
  '密码是什么？',
  '密码至少8位',
  '密码为6到20个字符',
  '她2024年忘了密码',
  'パスワードは8文字以上です',
  'パスワードは必須です',
  '비밀번호는 8자 이상입니다',
  '비밀번호: 필수',
  'mật khẩu là bắt buộc',
  'Mật khẩu phải có 8 ký tự',
  'kata sandi: wajib',
  'Kata sandi adalah rahasia',
  'PIN code: 560001',
  'She forgot her PIN in 2024',
  'pin: 1024',
  'GPIO PIN 1234 is free',
  'PIN is 12 digits',
  // Code and settings that say where a secret comes from.
  'password: "string"',
  'password: z.string().min(8)',
  'password = os.environ["DB_PASS1"]',
  'password: user.password2',
  'if (password === confirm2) return',
  'password: ${DB_PASSWORD_1}',
  'password=<your-password-1>',
  'password: ********',
  'api_key=YOUR_API_KEY_GOES_HERE_123',
  'client_secret: process.env.CLIENT_SECRET_2',
  'OPENAI_API_KEY=sk-...',
  of('postgres://', 'user:${PASSWORD}@', 'host/db'),
  of('postgres://', 'user:****@', 'host/db'),
  'postgres://user@host:5432/db',
  'the format redis[s]://[[username][:password]@][host][:port][/db-number]',
  'LOGIN_PASSWORD:-login-change-me}@host:5432',
  'the password for the account is on page 14, and the one for the bank is in the 2nd drawer',
  'password to be changed in: 90 days',
  'http://localhost:3000/@scope/package',
  'https://medium.com/@author and https://example.com:8443/a?b=c@d',
  'git clone ssh://git@github.com:22/owner/repo.git',
  // Things that begin like tokens.
  of('ghp', '_', 'x'.repeat(36)),
  of('gl', 'pat-a-name-of-many-small-words'),
  of('s', 'k-learn-is-a-library-for-machine-learning-in-python'),
  of('s', 'k-proj-a-name-of-many-small-words-in-a-row'),
  'the task-force-of-the-desk-and-the-risk-analysis-department-of-2024',
  of('sk', '_test_', alphanumeric(24)),
  'tk_some_long_name_of_a_variable_in_snake_case',
  of('AKIA', 'SHORT'),
  of('AI', 'zaful'),
  'npm_config_registry=https://registry.npmjs.org',
  '-----BEGIN CERTIFICATE-----\nMIIDdzCCAl+gAwIBAgIE',
  '-----BEGIN PUBLIC KEY-----',
  'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJx6wZ me@laptop',
  'eyJhbGciOiJIUzI1NiJ9 is only a header',
  'at 12345678:30 and 123456789:abc',
  'https://example.com/a?sig=short&sv=1',
  of('key-', 'value-store-with-many-small-words-in-a-row'),
  'patience.and.perseverance, SKILLS, MORE.WORDS.THAN-ONE',
  // Lists and texts over several lines.
  ...[
    '- tk_\n- sk-\n- hf_\n- one more thing',
    'A line that ends with task-\nand goes on with many more small words',
    'Ünïcode — “quotes” and ½ … №5',
  ],
  // What applications are full of.
  createHash('sha1').update('commit').digest('hex'),
  createHash('sha256').update('file').digest('hex'),
  '550e8400-e29b-41d4-a716-446655440000',
  '41111111-1111-1111-1111-111111111111',
  'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  createHash('shake256', { outputLength: 6_000 }).update('image').digest('base64'),
  'sha512-Jz9HsYQq+VnIwA1PpGAAzXnUwTBXSjKKXh6VlYBrs1N0Q9ZxQyZQGhpWbS4PnA==',
  'Order 112-7366284-2374653 and order #4111111111111112',
  'tracking 1Z999AA10123456784, ticket 4000-1234-5678',
  'ISBN 978-3-16-148410-0, ISBN 9780306406157, ISSN 2049-3630',
  'since 1700000000000 ms, or 1700000000000000 us, id 1234567890123456789',
  'a share of 0.4111111111111111',
  'a4111111111111111, 4111111111111111b, 04111111111111111',
  'DE89370400440532013001',
  'DE12 people came, and GB29 is a road. FR2004 was a good year for Bordeaux and 12345678901234567890 others.',
  '000-12-3456, 666-12-3456, 912-12-3456, 123-00-4567, 123-45-0000',
  '2024-01-31 and 01-31-2024, 12-34-567',
  'Call +1 (555) 123-4567, 555-123-4567 or 0171 1234567; 536228145 is no number of anybody',
  'anna.schmidt@example.com, Anna Schmidt, 12 Long Road, born on 1990-04-01',
  'She lives at 4111 Elm Street, flat 1111, and earns 4,111,111.11',
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

describe('what memories are full of', () => {
  it.each(ORDINARY_TEXTS)('passes: %s', (text) => expect(kindsIn(text)).toEqual([]));

  it('passes together, too', () => expect(kindsIn(ORDINARY_TEXTS.join('\n'))).toEqual([]));

  it('passes: ids and digests of all values', () => {
    const ids = Array.from(
      { length: 500 },
      (_, i) => `${randomUUID()} ${createHash('sha1').update(`${i}`).digest('hex')}`,
    );
    expect(findingsIn(ids.join('\n'), SECRETS)).toEqual([]);
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

describe('a memory with metadata', () => {
  const key = of('ghp', '_', alphanumeric(36));

  it.each([
    ['a string', key],
    ['a value', { note: key }],
    ['a name', { [key]: 1 }],
    ['a name of an object', { [key]: {} }],
    ['a list', ['a', [{ b: [null, true, key] }]]],
  ])('is searched through: %s', (_, metadata) => {
    expect(findingsInRow('fine', metadata, BOTH)).toEqual([
      { kind: 'github_token', family: 'secrets' },
    ]);
    expect(findingsInRow(key, {}, BOTH)).toHaveLength(1);
  });

  it('tells a password by the name beside it', () => {
    const password = of('hunt', 'er2');
    expect(findingsInRow('fine', { login: { password } }, BOTH)).toEqual([
      { kind: 'password', family: 'secrets' },
    ]);
    expect(findingsInRow('fine', { passwd: [password] }, BOTH)).toHaveLength(1);
    expect(findingsInRow('fine', { colour: password, password: 'forgotten' }, BOTH)).toEqual([]);
  });

  it('looks at numbers', () => {
    expect(findingsInRow('fine', { number: 4_111_111_111_111_111 }, BOTH)).toEqual([
      { kind: 'payment_card', family: 'pii' },
    ]);
    expect(
      findingsInRow('fine', { score: 0.4111111111111111, at: 1_700_000_000_000 }, BOTH),
    ).toEqual([]);
  });

  it('does not have a finding when the parts of a secret are in different fields', () => {
    expect(
      findingsInRow(
        '4111 1111',
        { '1111 1111': '1111', a: 'password:', b: of('hunt', 'er2') },
        BOTH,
      ),
    ).toEqual([]);
  });

  it.each([[undefined], [null], [{}], [[]], ['text'], [7], [false]])(
    'may have any: %j',
    (metadata) => expect(findingsInRow('fine', metadata, BOTH)).toEqual([]),
  );

  it('may be as deep and as long as JSON can be', () => {
    let deep: unknown = key;
    for (let i = 0; i < 100_000; i++) deep = [deep];
    expect(findingsInRow('fine', { deep, long: Array(300_000).fill(1) }, BOTH)).toHaveLength(1);
  });

  it('survives all of JSON', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }),
        fc.jsonValue(),
        (content, metadata) => void findingsInRow(content, metadata, BOTH),
      ),
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
