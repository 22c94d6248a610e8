import { createHmac, createSecretKey, randomBytes } from 'node:crypto';
import { deflateRawSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  decode,
  encode,
  LARGE_FROM_CHARACTERS,
  PACK_FROM_CHARACTERS,
  type Signer,
} from './cache-codec.js';
import { toCachedValue } from './cache-entry.js';

const address = { userId: 'ada', key: 'threadkeep:v2:{ada}:context:c1', version: '7.1' };
const EXPIRES = 1_800_000_000_000;
const signerOf = (secret: string): Signer => ({
  hmac: (purpose) => createHmac('sha256', `${secret} ${purpose}`),
});
const signer = signerOf('secret');

const encoded = (value: unknown, owned = address) =>
  encode(owned, toCachedValue(value), EXPIRES, signer);
const opened = async (text: string, owned = address, by = signer) =>
  (await decode(text, owned, by)?.open()) ?? null;
const isOpened = async (text: string) => (await opened(text)) !== null;
const roundTrip = async (value: unknown) => (await opened(await encoded(value)))!.value;
const long = 'Tea or coffee? Neither, thank you. '.repeat(2_000);
/** An entry with a right MAC, whatever it is over. */
const signed = (text: string) =>
  `2${signer
    .hmac('cache')
    .update(`${JSON.stringify([address.userId, address.key])}\n`)
    .update(text)
    .digest('base64url')}${text}`;
const headed = (packing: string, body: string) => signed(`${packing}["7.1",${EXPIRES}]\n${body}`);

describe('an entry in Redis', () => {
  it('comes back as it went in, whatever JSON it is', async () => {
    await fc.assert(
      fc.asyncProperty(fc.jsonValue(), async (value) =>
        expect(await roundTrip(value)).toEqual(JSON.parse(JSON.stringify(value))),
      ),
    );
  });

  it('keeps every text, also the ones that are not well-formed', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary' }), async (text) =>
        expect(await roundTrip(text)).toBe(text),
      ),
    );
    expect(await roundTrip('\ud800 \u0000 \u2028')).toBe('\ud800 \u0000 \u2028');
  });

  it('keeps a text of any length', async () => {
    for (const length of [
      PACK_FROM_CHARACTERS - 3,
      PACK_FROM_CHARACTERS - 2,
      PACK_FROM_CHARACTERS,
      LARGE_FROM_CHARACTERS - 3,
      LARGE_FROM_CHARACTERS - 2,
      LARGE_FROM_CHARACTERS,
      1_000_000,
    ]) {
      for (const text of [
        'x'.repeat(length),
        '東'.repeat(length),
        'ä\n"'.repeat(length).slice(0, length),
      ]) {
        expect(await roundTrip(text)).toBe(text);
      }
    }
  });

  it('says for which state it is, and until when, before it is opened', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string(), fc.integer(), async (version, expires) => {
        expect(
          decode(
            await encode({ ...address, version }, toCachedValue('x'), expires, signer),
            address,
            signer,
          ),
        ).toMatchObject({ version, expires });
      }),
    );
  });

  it('is packed when it is large, and then a good deal smaller', async () => {
    const packing = (text: string) => text[44];
    expect(packing(await encoded('short'))).toBe('j');
    expect(packing(await encoded(long))).toBe('z');
    expect(packing(await encoded(long.repeat(5)))).toBe('Z');
    expect((await encoded(long)).length).toBeLessThan(long.length / 4);
  });
});

describe('an entry that the service has not written under this key', () => {
  const values = [
    ['plain', 'short'],
    ['packed', long],
    ['large', long.repeat(5)],
  ] as const;

  it.each(values)('is not opened when one character of it is another (%s)', async (_, value) => {
    const whole = await encoded(value);
    const positions = [
      ...Array.from({ length: 60 }, (_, i) => i),
      ...Array.from({ length: 40 }, (_, i) => Math.floor((whole.length * i) / 40)),
      whole.length - 3,
    ];
    for (const at of positions.filter((at) => at < whole.length)) {
      for (const other of [
        'A',
        '1',
        ']',
        '\ufffd',
        '\ud800',
        String.fromCharCode(whole.charCodeAt(at) + 256),
      ]) {
        if (whole[at] !== other)
          expect({
            at,
            other,
            isOpened: await isOpened(`${whole.slice(0, at)}${other}${whole.slice(at + 1)}`),
          }).toEqual({ at, other, isOpened: false });
      }
    }
  });

  it.each(values)('is not opened when it is cut, or longer (%s)', async (_, value) => {
    const whole = await encoded(value);
    for (let end = 0; end < whole.length; end += Math.ceil(whole.length / 200))
      expect(await isOpened(whole.slice(0, end))).toBe(false);
    for (const more of ['x', '\n', '\0', '=']) expect(await isOpened(whole + more)).toBe(false);
  });

  it('is not opened under another key, for another user, or with another secret', async () => {
    const whole = await encoded('secret of Ada');
    expect(await opened(whole)).not.toBeNull();
    for (const other of [
      { userId: 'bob' },
      { key: 'threadkeep:v2:{ada}:context:c2' },
      { userId: 'ada"', key: 'x' },
    ])
      expect(await opened(whole, { ...address, ...other })).toBeNull();
    expect(await opened(whole, address, signerOf('a secret that has been changed'))).toBeNull();
  });

  it('is not opened for another state or a longer time than it was written for', async () => {
    const whole = await encoded('x');
    expect(await opened(whole.replace('"7.1"', '"7.2"'))).toBeNull();
    expect(await opened(whole.replace(String(EXPIRES), String(EXPIRES + 1)))).toBeNull();
  });

  it('is not opened when a text that is not well-formed has the bytes of one that is', async () => {
    const whole = await encoded('what \ufffd is');
    expect(await opened(whole)).not.toBeNull();
    expect(await opened(whole.replace('\ufffd', '\ud800'))).toBeNull();
  });

  it('has the key and the rest apart: none of the one can be moved to the other', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.string(),
        fc.string(),
        fc.string(),
        fc.string(),
        async (userId, key, otherUser, otherKey) => {
          fc.pre(userId !== otherUser || key !== otherKey);
          expect(
            await opened(await encoded('x', { ...address, userId, key }), {
              ...address,
              userId: otherUser,
              key: otherKey,
            }),
          ).toBeNull();
        },
      ),
    );
  });
});

describe('what is not an entry of this version', () => {
  const mac = 'A'.repeat(43);
  it.each([
    undefined,
    null,
    5,
    {},
    '',
    '2',
    '2j',
    '\n',
    '1j["ada","threadkeep:v1:{ada}:context:c1","7.1"]\n1',
    `4${mac}j["a",1]\n1`,
    `2${mac}j["a"]\n1`,
    `2${mac}j["a","1"]\n1`,
    `2${mac}j{}\n1`,
    `2${mac}jnull\n1`,
    `2${mac}j["a",1]`,
    'garbage\n',
  ])('is not decoded: %j', (text) => {
    expect(decode(text, address, signer)).toBeNull();
  });

  it('is never mistaken for one', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary' }), async (text) =>
        expect(decode(text, address, signer)).toBeNull(),
      ),
    );
  });
});

describe('a damaged body', () => {
  it.each(['', '{', '"unfinished'])('is refused when it is plain: %j', async (body) => {
    await expect(opened(headed('j', body))).rejects.toThrow(SyntaxError);
  });

  it('is refused when it is packed', async () => {
    for (const packing of ['z', 'Z'])
      await expect(opened(headed(packing, '!!!! not base64'))).rejects.toThrow();
  });

  it('is refused when it would unpack to more than any entry has', async () => {
    const bomb = (size: number) => deflateRawSync(Buffer.alloc(size, '1')).toString('base64');
    await expect(opened(headed('z', bomb(1_000_000)))).rejects.toThrow('larger than');
    await expect(opened(headed('Z', bomb(65 * 1024 * 1024)))).rejects.toThrow('larger than');
  });
});

describe('an entry whose body is sealed', () => {
  const sealing = (): Signer => ({ ...signer, sealingKey: createSecretKey(randomBytes(32)) });
  const by = sealing();
  const sealed = (value: unknown) => encode(address, toCachedValue(value), EXPIRES, by);

  it.each(['short', long, long.repeat(10)])('shows nothing, and comes back', async (text) => {
    const entry = await sealed({ text });
    expect(entry).not.toContain(text.slice(0, 20));
    expect((await opened(entry, address, by))!.value).toEqual({ text });
  });

  it('opens with its key alone, and for its user and key', async () => {
    const entry = await sealed('tea');
    for (const other of [sealing(), signer]) expect(await opened(entry, address, other)).toBeNull();
    expect(await opened(entry, { ...address, userId: 'bob' }, by)).toBeNull();
  });

  it('is read beside plain ones, which processes of before have written', async () => {
    expect((await opened(await encoded('tea'), address, by))!.value).toBe('tea');
  });
});
