// Values that have broken servers before.

/** JSON texts, some of them none, that a writer of JSON would not write. */
export const HOSTILE_JSON = [
  '1e309', '-1e309', '1e400', '-0', '-1', '0.1', '1E2', '9223372036854775808', '-9223372036854775809', '2147483648', '18446744073709551616',
  '0.1000000000000000055511151231257827',
  'NaN', 'Infinity', '-Infinity', 'undefined', '01', '+1', '.5', '0x10', "'a'", '{', ']', '[1,]', '{"a"}', '"', '"\\x"', '"\u0001"', '',
  '"\\ud800"', '"\\udc00\\ud800"', '"\\u0000"', '"a\\u0000b"', '{"\\u0000":1}', '{"\\ud800":1}', '"\\uffff"', '"\\ufeff"', '"\\u202e"',
  'null', 'true', 'false', '0', '""', '" "', '[]', '{}', '[[]]', '[null]', '[{}]', '"null"', '"5"', '"true"',
  '{"__proto__":{"admin":true}}', '{"constructor":{"prototype":{"admin":true}}}', '{"toString":1}', '{"hasOwnProperty":1}', '{"length":1e9}',
  '{"then":1}', '{"toJSON":1}', '{"$ref":"#"}',
  `${'['.repeat(60)}${']'.repeat(60)}`, `${'['.repeat(70)}${']'.repeat(70)}`, `${'{"a":'.repeat(3_000)}1${'}'.repeat(3_000)}`, '['.repeat(3_000),
  `"${'x'.repeat(70_000)}"`, `"${'👍'.repeat(600)}"`, `"${'e\u0301'.repeat(300)}"`, `[${'1,'.repeat(2_000)}1]`, `[${'"a",'.repeat(60)}"a"]`,
  '"9999-12-31T23:59:60Z"', '"+275760-09-13T00:00:00.001Z"', '"0000-00-00T00:00:00Z"', '"infinity"', '"2026-02-30T00:00:00.000Z"', '"now"',
  '"\' or 1=1 --"', '"$1"', '"%s%n"', '"${7*7}"', '"<script>"', '"\\\\"', '"../../etc/passwd"',
];

export const HOSTILE_KEYS = [
  '__proto__', 'constructor', 'prototype', 'toString', 'valueOf', 'id', 'userId', 'user_id', 'version', 'deletedAt', 'lastSeq', 'importKey', '', ' ',
  'a.b', 'a[0]', '/', '~', '$where', '💥', 'length', 'then',
];

/** As they go over the wire. */
export const HOSTILE_PATH_PARTS = [
  '%00', '%', '%zz', '%E0%A4%A', '%ff', '.', '..', '%2e%2e', '%2F', '..%2f..%2fv1%2fusers', ';', '*', 'me', 'search', 'import', '{known}%20',
  '%7Bid%7D', '{known}/', '{known}//', '{known}%00', '{known}x', 'null', 'undefined', '0', '-1',
  '00000000-0000-0000-0000-000000000000', 'FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF', '{00000000-0000-0000-0000-000000000000}',
  'urn:uuid:00000000-0000-0000-0000-000000000000', '00000000000000000000000000000000',
  '%F0%9F%92%A5', '%F0%9F%92', 'a'.repeat(301), 'a'.repeat(3_000), "'%20or%20'1'='1", '$1', '__proto__', 'constructor',
];

const cursor = (value: unknown): string => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
const someId = '01900000-0000-7000-8000-000000000000';

/** Query values, as they go over the wire. */
export const HOSTILE_QUERY_VALUES = [
  '', '0', '-1', '1', '101', '1e2', '1e309', '0x10', '1.5', '%205', '+5', '9223372036854775808', '2147483647', '2147483648', '99999999999', 'NaN',
  'Infinity', 'null', 'undefined', 'true', 'TRUE', 'yes',
  '%00', 'a%00b', '%', '%zz', '%ff', '%E0%A4%A', '%ED%A0%80', '%F0%9F%92%A5', '%EF%BF%BD', '%EF%BB%BF', '%C2%A0', "'", '%22', '%5C', '%25', '_',
  '--', '$1', '(', ')', '%26', '%7C', '%21', '%3A*', 'a%3Ab', '%22unclosed', 'or', '-or-', '-', 'x'.repeat(501), 'x'.repeat(5_000),
  cursor([]), cursor({}), cursor('null'), cursor('{'), cursor('['.repeat(300)), cursor(['2026-01-01T00:00:00.000Z', someId]),
  cursor(['2026-01-01T00:00:00.000Z', 'x']), cursor(['0000-01-01T00:00:00.000Z', someId]),
  cursor(['2026-02-30T00:00:00.000Z', someId]), cursor(['9999-12-31T23:59:59.999Z', someId]), cursor(['infinity', someId]), cursor([someId]),
  cursor(['\0']), cursor(['asc', 0]), cursor(['asc', -1]), cursor(['desc', 1.5]), cursor(['desc', 2_147_483_647]),
  cursor(['desc', 2_147_483_648]), cursor('["asc",1e400]'), cursor(['asc', 1, 2]), cursor('{"length":2,"0":"asc","1":1}'),
];

export const HOSTILE_QUERY_NAMES = [
  '__proto__', 'constructor', 'toString', 'limit[]', 'limit[gt]', 'LIMIT', 'offset', 'user_id', 'userId', 'sort', '', '%00', '%ff', '%', '%F0%9F%92%A5',
];

const jwt = (header: unknown, payload: unknown) => `${cursor(header)}.${cursor(payload)}.`;

/** `{key}` is the proper one. */
export const HOSTILE_AUTHORIZATIONS = [
  '', ' ', 'Bearer', 'Bearer ', 'Bearer  {key}', 'bearer {key}', 'BEARER {key}', 'Bearer {key} {key}', 'Bearer {key},', '{key}', 'Basic {key}',
  'Basic Og==', 'Digest username="a"', 'Token {key}', 'Bearer null', 'Bearer undefined',
  `Bearer tk_${'A'.repeat(43)}`, `Bearer tk_${'A'.repeat(10)}`, `Bearer tk_${'A'.repeat(9_000)}`, 'Bearer tk_\u00e9\u00ff', "Bearer tk_' or 1=1 --",
  'Bearer ../../etc/passwd', `Bearer ${jwt({ alg: 'none' }, { sub: someId, role: 'service' })}`,
  `Bearer ${jwt({ alg: 'HS256', typ: 'JWT' }, { sub: someId, exp: 1 })}c2ln`,
];

const someEtags = Array.from({ length: 100 }, (_, i) => `"${(i % 10) + 1}.${Math.floor(i / 10)}", "${i}"`).join(', ');

export const HOSTILE_HEADERS: [name: string, value: string][] = [
  ['if-none-match', someEtags], ['if-none-match', `W/${someEtags}`],
  ['threadkeep-user', ''], ['threadkeep-user', ' '], ['threadkeep-user', 'a'.repeat(256)], ['threadkeep-user', '\u00e9'],
  ['threadkeep-user', Buffer.from('漢').toString('latin1')], ['threadkeep-user', 'null'], ['threadkeep-user', `${someId}, ${someId}`],
  ['threadkeep-user', someId], ['threadkeep-user', "' or 1=1 --"], ['threadkeep-user', '\u00ff\u00fe'],
  ['if-match', ''], ['if-match', '*'], ['if-match', '"1"'], ['if-match', '"1.1"'], ['if-match', '1'], ['if-match', 'W/"1"'],
  ['if-match', '"9999999999"'], ['if-match', '"2147483648"'], ['if-match', '"999999999"'], ['if-match', '"1", "2"'],
  ['if-match', `"${'1'.repeat(5_000)}"`],
  ['if-none-match', '*'], ['if-none-match', '"1"'], ['if-none-match', '"1.0"'], ['if-none-match', 'W/"1"'], ['if-none-match', ',,,'],
  ['if-none-match', '"'.repeat(3_000)],
  ['idempotency-key', ''], ['idempotency-key', ' '], ['idempotency-key', 'a b'], ['idempotency-key', '\u00e9'], ['idempotency-key', 'k'.repeat(255)],
  ['idempotency-key', 'k'.repeat(256)], ['idempotency-key', 'same'], ['idempotency-key', "'); drop table x; --"],
  ['x-request-id', ''], ['x-request-id', 'mine'], ['x-request-id', 'a b'], ['x-request-id', 'x'.repeat(129)], ['x-request-id', '"}{'],
  ['x-http-method-override', 'DELETE'], ['x-forwarded-for', '\u00e9, ,'], ['accept', 'image/png'], ['accept', '*/*;q=2'],
  ['accept-encoding', 'gzip;q=x'],
  ['content-encoding', 'gzip'], ['content-encoding', 'br'], ['range', 'bytes=0-1'], ['cookie', 'a=b; __proto__=1'], ['origin', 'null'],
  ['upgrade', 'h2c'], ['traceparent', '00-zz'], ['expect', '100-continue'], ['te', 'trailers'], ['host', 'evil.example'], ['host', ''],
];

export const HOSTILE_CONTENT_TYPES = [
  undefined, '', ' ', 'text/plain', 'text/json', 'application/xml', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x',
  'application/octet-stream', 'application/jsonp', 'application/json, text/plain', 'application', '/', 'application/',
  'APPLICATION/JSON', 'application/json;', 'application/json; charset=utf-16', 'application/json; charset="', 'application/problem+json',
  'application/merge-patch+json', 'application/json\u00e9', `application/${'x'.repeat(3_000)}`,
];

export const OTHER_METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND', 'LOCK', 'QUERY'];
