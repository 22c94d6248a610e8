import { deflateRawSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { decode, encode, LARGE_FROM, PACK_FROM } from './cache-codec.js';
import { hold } from './cache-entry.js';

const address = { userId: 'ada', key: 'threadkeep:v1:{ada}:context:c1', stamp: '7.1' };
const encoded = (value: unknown) => encode(address, hold(value));
const roundTrip = async (value: unknown) => (await decode(await encoded(value))!.open()).value;
const long = 'Tea or coffee? Neither, thank you. '.repeat(2_000);
const headed = (head: string, body: string) => `${head}${JSON.stringify(Object.values(address))}\n${body}`;

describe('an entry in Redis', () => {
  it('comes back as it went in, whatever JSON it is', async () => {
    await fc.assert(fc.asyncProperty(fc.jsonValue(), async (value) => expect(await roundTrip(value)).toEqual(JSON.parse(JSON.stringify(value)))));
  });

  it('keeps every text, also the ones that are not well-formed', async () => {
    await fc.assert(fc.asyncProperty(fc.string({ unit: 'binary' }), async (text) => expect(await roundTrip(text)).toBe(text)));
    expect(await roundTrip('\ud800 \u0000 \u2028')).toBe('\ud800 \u0000 \u2028');
  });

  it('keeps a text of any length', async () => {
    for (const length of [PACK_FROM - 3, PACK_FROM - 2, PACK_FROM, LARGE_FROM - 3, LARGE_FROM - 2, LARGE_FROM, 1_000_000]) {
      for (const text of ['x'.repeat(length), '東'.repeat(length), 'ä\n"'.repeat(length).slice(0, length)]) {
        expect(await roundTrip(text)).toBe(text);
      }
    }
  });

  it('says whose it is, where it belongs and for which state, before it is opened', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string(), fc.string(), fc.string(), async (userId, key, stamp) => {
        expect(decode(await encode({ userId, key, stamp }, hold('x')))!.address).toEqual({ userId, key, stamp });
      }),
    );
  });

  it('is packed when it is large, and then a good deal smaller', async () => {
    expect(await encoded('short')).toMatch(/^1j/);
    expect(await encoded(long)).toMatch(/^1z/);
    expect(await encoded(long.repeat(5))).toMatch(/^1Z/);
    expect((await encoded(long)).length).toBeLessThan(long.length / 4);
  });
});

describe('what is not an entry of this version', () => {
  it.each([undefined, null, 5, {}, '', '1', '1j', '\n', '2j["a","b","c"]\n1', '1x["a","b","c"]\n1', '1j["a","b"]\n1', '1j["a","b",3]\n1', '1j{}\n1', '1jnull\n1', '1j["a","b","c"]', 'garbage\n'])('is not decoded: %j', (text) => {
    expect(decode(text)).toBeNull();
  });

  it('is never mistaken for one', async () => {
    await fc.assert(fc.asyncProperty(fc.string({ unit: 'binary' }), async (text) => expect(decode(text)).toBeNull()));
  });
});

describe('a damaged body', () => {
  it.each(['', '{', '"unfinished'])('is refused when it is plain: %j', async (body) => {
    await expect(decode(headed('1j', body))!.open()).rejects.toThrow(SyntaxError);
  });

  it.each([
    ['packed', long],
    ['large', long.repeat(5)],
  ])('is refused when it is %s, wherever it was cut', async (_, text) => {
    const whole = await encoded(text);
    const begin = whole.indexOf('\n') + 1;
    for (let end = begin; end < whole.length - 4; end += 400) await expect(decode(whole.slice(0, end))!.open()).rejects.toThrow();
    for (const head of ['1z', '1Z']) await expect(decode(headed(head, '!!!! not base64'))!.open()).rejects.toThrow();
  });

  it('is refused when it would unpack to more than any entry has', async () => {
    const bomb = (size: number) => deflateRawSync(Buffer.alloc(size, '1')).toString('base64');
    await expect(decode(headed('1z', bomb(1_000_000)))!.open()).rejects.toThrow('larger than');
    await expect(decode(headed('1Z', bomb(65 * 1024 * 1024)))!.open()).rejects.toThrow('larger than');
  });
});
