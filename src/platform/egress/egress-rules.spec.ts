import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { loadConfig } from '../config/config.js';
import { EgressError } from './egress-error.js';
import { EgressRules } from './egress-rules.js';

const rulesWith = (EGRESS_ALLOW: string): EgressRules =>
  new EgressRules(loadConfig({ EGRESS_ALLOW }));
const rules = rulesWith('');

function refusal(text: string, by = rules): string {
  try {
    return `let through as ${by.checkUrl(text).href}`;
  } catch (error) {
    if (!(error instanceof EgressError)) throw error;
    return error.reason;
  }
}

/** 127.0.0.1 and its neighbours in every spelling that something out there understands. */
const INSIDE_HOSTS = [
  '127.0.0.1',
  '127.1',
  '127.0.1',
  '127.255.255.254',
  '2130706433',
  '0x7f000001',
  '0x7F.0.0.1',
  '0x7f.1',
  '017700000001',
  '0177.0.0.1',
  '0177.0.0.01',
  '00000177.0.0.1',
  '127.0.0.1.',
  '127.0.0x1',
  '0',
  '0.0.0.0',
  '0x0',
  '00',
  '10.0.0.1',
  '10.1',
  '012.0.0.1',
  '167772161',
  '172.16.0.1',
  '172.31.255.255',
  '192.168.0.1',
  '192.168.257',
  '3232235521',
  '100.64.0.1',
  '100.100.100.200',
  '169.254.169.254',
  '169.254.43518',
  '2852039166',
  '0xa9fea9fe',
  '0251.0376.0251.0376',
  '168.63.129.16',
  '192.0.0.192',
  '192.0.2.1',
  '198.18.0.1',
  '198.51.100.1',
  '203.0.113.1',
  '224.0.0.1',
  '240.0.0.1',
  '255.255.255.255',
  '192.88.99.1',
  '192.31.196.1',
  '%31%32%37.0.0.1',
  '127%2e0%2e0%2e1',
  '%6c%6f%63%61%6c%68%6f%73%74',
  '127。0。0。1',
  '127.0.0.1',
  '①②⑦.⓪.⓪.①',
  '𝟏𝟐𝟕.𝟎.𝟎.𝟏',
  '⑯⑨。②⑤④。⑯⑨。②⑤④',
  '127。0.0。1',
  '[::]',
  '[::1]',
  '[0:0:0:0:0:0:0:1]',
  '[0000::0001]',
  '[::ffff:127.0.0.1]',
  '[::ffff:7f00:1]',
  '[0:0:0:0:0:ffff:7f00:0001]',
  '[::127.0.0.1]',
  '[::7f00:1]',
  '[::ffff:0:127.0.0.1]',
  '[64:ff9b::127.0.0.1]',
  '[64:ff9b::a9fe:a9fe]',
  '[64:ff9b:1::7f00:1]',
  '[2002:7f00:1::]',
  '[2002:a9fe:a9fe::1]',
  '[2001::1]',
  '[2001:0:4136:e378:8000:63bf:80ff:fffe]',
  '[fe80::1]',
  '[febf::1]',
  '[fc00::1]',
  '[fd00:ec2::254]',
  '[fec0::1]',
  '[ff02::1]',
  '[100::1]',
  '[2001:db8::1]',
  '[3fff::1]',
  '[5f00::1]',
  '[::8.8.8.8]',
  '[::ffff:8.8.8.8]',
  '[4000::1]',
];
const INSIDE_NAMES = [
  'localhost',
  'LOCALHOST',
  'LocalHost',
  'localhost.',
  'localhost..',
  'a.localhost',
  'a.b.localhost.',
  'ⓛⓞⓒⓐⓛⓗⓞⓢⓣ',
  'localhost',
  'localhost.localdomain',
  'printer.local',
  'PRINTER.LOCAL',
  'printer。local',
  'metadata.google.internal',
  'METADATA.GOOGLE.INTERNAL.',
  'instance-data.ec2.internal',
  'instance-data',
  'metadata',
  'metadata.tencentyun.com',
  'metadata.azure.com',
  'db',
  'db.internal',
  'svc.cluster.local',
  'nas.lan',
  'x.home.arpa',
  'example.com.',
  'example..com',
  '.example.com',
  'exam!ple.com',
  "a'b.com",
  '-a.com',
  'a-.com',
  `${'a'.repeat(64)}.com`,
  `${'a.'.repeat(130)}com`,
];
const UNREADABLE = [
  '',
  'example.com',
  '//example.com',
  'https:',
  'https://',
  'https:example.com',
  'https:/example.com',
  'https:///example.com',
  'https:\\\\127.0.0.1',
  'https://example.com\\@127.0.0.1',
  'ftp://example.com',
  'file:///etc/passwd',
  'gopher://127.0.0.1:6379/_',
  'data:text/plain,a',
  'javascript:alert(1)',
  'ws://example.com',
  ' https://example.com',
  'https://example.com\n',
  'https://exa\tmple.com',
  'https://local\u00adhost',
  'https://local\u200bhost',
  'https://127.0.0.1\0.com',
  'https://[fe80::1%25eth0]',
  'https://[fe80::1%eth0]',
  'https://[::1',
  'https://::1',
  'https://1.2.3.4.5',
  'https://256.1.1.1',
  'https://0x100000000',
  'https://127.0.0.1:99999',
  'https://exa mple.com',
  'https://%00',
  'https://a%2fb.com',
  `https://example.com/${'a'.repeat(2048)}`,
];

describe('the egress rules', () => {
  it.each(INSIDE_HOSTS)('refuse an address that is not public: %s', (host) => {
    for (const [scheme, port] of [
      ['https', ''],
      ['http', ''],
      ['https', ':8443'],
    ]) {
      expect(refusal(`${scheme}://${host}${port}/mcp?a=b`)).toMatch(/^(address|host)$/);
    }
  });

  it.each(INSIDE_NAMES)('refuse a name that is not public: %s', (name) =>
    expect(refusal(`https://${name}/mcp`)).toMatch(/^(host|invalid)$/),
  );

  it.each(UNREADABLE)('refuse what is no plain URL: %j', (text) =>
    expect(refusal(text)).toBe('invalid'),
  );

  it.each([
    'https://u:p@example.com',
    'https://u@example.com',
    'https://@example.com',
    'https://example.com@127.0.0.1',
    'https://u:@example.com',
  ])('refuse credentials: %s', (text) => expect(refusal(text)).toBe('credentials'));

  it.each(['https://example.com/#', 'https://example.com#@127.0.0.1', 'https://example.com/a#b'])(
    'refuse a fragment: %s',
    (text) => expect(refusal(text)).toBe('fragment'),
  );

  it.each([0, 22, 25, 53, 3306, 5432, 6379, 11211, 27017])('refuse the port %i', (port) =>
    expect(refusal(`https://example.com:${port}`)).toBe('port'),
  );

  it('refuse http', () => expect(refusal('http://example.com')).toBe('scheme'));

  it.each([
    ['https://example.com', 'https://example.com/'],
    ['HTTPS://EXAMPLE.com:443/a?b=c', 'https://example.com/a?b=c'],
    ['https://mcp.example.com:8443/mcp', 'https://mcp.example.com:8443/mcp'],
    ['https://bücher.example/', 'https://xn--bcher-kva.example/'],
    ['https://8.8.8.8/', 'https://8.8.8.8/'],
    ['https://134744072/', 'https://8.8.8.8/'],
    ['https://[2606:4700:4700::1111]/', 'https://[2606:4700:4700::1111]/'],
    ['https://localhost.example.com/', 'https://localhost.example.com/'],
    ['https://not.locals/', 'https://not.locals/'],
  ])('let through %s', (text, href) => expect(rules.checkUrl(text).href).toBe(href));

  it('never let through an IPv4 address of a private range, however it is written', () => {
    const privateAddress = fc.oneof(
      fc.integer({ min: 0x0a000000, max: 0x0affffff }),
      fc.integer({ min: 0x7f000000, max: 0x7fffffff }),
      fc.integer({ min: 0xac100000, max: 0xac1fffff }),
      fc.integer({ min: 0xc0a80000, max: 0xc0a8ffff }),
      fc.integer({ min: 0xa9fe0000, max: 0xa9feffff }),
    );
    fc.assert(
      fc.property(
        privateAddress,
        fc.array(fc.constantFrom(8, 10, 16), { minLength: 4, maxLength: 4 }),
        fc.integer({ min: 1, max: 4 }),
        (address, bases, count) => {
          expect(refusal(`https://${written(address, bases, count)}/`)).toBe('address');
        },
      ),
    );
  });

  it('say nothing of the URL they refuse', () => {
    for (const text of [
      'https://10.0.0.1/?key=canary',
      'https://canary:canary@a.com',
      'canary',
      'https://canary.local',
    ]) {
      expect(() => rules.checkUrl(text)).toThrow(
        expect.objectContaining({ message: expect.not.stringContaining('canary') }),
      );
    }
  });
});

/** In 1 to 4 parts, each in a base of its own; the last part holds what is left. */
function written(address: number, bases: number[], count: number): string {
  const bytes = [24, 16, 8, 0].map((shift) => (address >>> shift) & 255);
  const parts = [
    ...bytes.slice(0, count - 1),
    bytes.slice(count - 1).reduce((sum, byte) => sum * 256 + byte, 0),
  ];
  const prefixes: Record<number, string> = { 8: '0', 10: '', 16: '0x' };
  return parts.map((part, i) => `${prefixes[bases[i]!]}${part.toString(bases[i])}`).join('.');
}

describe('what the operator allows', () => {
  it.each([
    ['mcp.internal', 'http://mcp.internal/', 'http://mcp.internal:8080/', 'https://mcp.internal/'],
    ['mcp.internal:8080', 'http://mcp.internal:8080/mcp'],
    ['mcp.internal:80', 'http://mcp.internal/'],
    ['127.0.0.1:5432', 'http://127.0.0.1:5432/'],
    ['localhost', 'http://localhost:3000/'],
    ['10.0.0.0/8', 'http://10.1.2.3/', 'http://0xa010203/'],
    ['fd00::/8', 'https://[fd12::1]/'],
    ['[::1]:3000', 'http://[::1]:3000/'],
  ])('is let through with EGRESS_ALLOW=%s', (allow, ...urls) => {
    for (const url of urls) expect(rulesWith(allow).checkUrl(url).protocol).toMatch(/^http/);
  });

  it.each([
    ['mcp.internal:8080', 'https://mcp.internal/', 'host'],
    ['mcp.internal', 'http://a.mcp.internal/', 'host'],
    ['mcp.internal', 'http://mcp.internal:5432/', 'port'],
    ['127.0.0.1:8080', 'http://127.0.0.1:8081/', 'address'],
    ['127.0.0.1:8080', 'http://127.0.0.2:8080/', 'address'],
    ['10.0.0.0/8', 'http://11.0.0.1/', 'scheme'],
    ['10.0.0.0/8', 'https://[::ffff:10.0.0.1]/', 'address'],
    ['10.0.0.0/8', 'http://example.com/', 'scheme'],
  ])('is no more than that: %s does not let %s through', (allow, url, reason) =>
    expect(refusal(url, rulesWith(allow))).toBe(reason),
  );
});

describe('the addresses of a host', () => {
  const check =
    (addresses: string[], by = rules, host = 'example.com') =>
    () =>
      by.checkAddresses(host, 443, addresses);

  it('are all public, or the host is refused', () => {
    expect(check(['93.184.215.14', '2606:4700::1111'])).not.toThrow();
    expect(check(['93.184.215.14', '127.0.0.1'])).toThrow(
      expect.objectContaining({ reason: 'address' }),
    );
    expect(check(['::ffff:93.184.215.14'])).toThrow(expect.objectContaining({ reason: 'address' }));
    expect(check(['fe80::1%eth0'])).toThrow(expect.objectContaining({ reason: 'address' }));
    expect(check(['no address'])).toThrow(expect.objectContaining({ reason: 'address' }));
    expect(check([])).toThrow(expect.objectContaining({ reason: 'unresolved' }));
  });

  it('may be in a range that the operator allows, and anywhere when the host is named', () => {
    expect(check(['10.1.1.1', '93.184.215.14'], rulesWith('10.0.0.0/8'))).not.toThrow();
    expect(check(['10.1.1.1', '127.0.0.1'], rulesWith('10.0.0.0/8'))).toThrow(EgressError);
    expect(check(['127.0.0.1'], rulesWith('example.com'))).not.toThrow();
    expect(check(['127.0.0.1'], rulesWith('example.com:80'))).toThrow(EgressError);
  });
});
