import { describe, expect, it } from '@jest/globals';
import { signatureHeaders } from './signature.js';

describe('the signature of a delivery', () => {
  it('is that of the example of Standard Webhooks, and one for each secret', () => {
    const signed = {
      id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      timestamp: 1_614_265_330,
      body: '{"test": 2432232314}',
    };
    const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
    const one = 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=';
    expect(signatureHeaders(signed, [secret])).toEqual({
      'webhook-id': signed.id,
      'webhook-timestamp': '1614265330',
      'webhook-signature': one,
    });
    expect(signatureHeaders(signed, [secret, secret])['webhook-signature']).toBe(`${one} ${one}`);
  });
});
