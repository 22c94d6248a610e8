import { describe, expect, it } from '@jest/globals';
import { loadConfig } from '../config/config.js';
import { QuotaLeases } from './leases.js';

const leasesOf = (environment: Record<string, string>) =>
  new QuotaLeases(loadConfig(environment).quotas);

/** What is taken, one by one, until nothing is left. */
function takeAll(leases: QuotaLeases, userId = 'ada'): string[] {
  const takings: string[] = [];
  do takings.push(leases.take(userId, { messages: 1 }));
  while (takings.at(-1) !== 'short');
  return takings;
}

describe('the lease of a user', () => {
  it('is a 1024th of the quota before anybody has looked, which is due at once', () => {
    const leases = leasesOf({ QUOTA_MESSAGES: '4096' });
    expect(takeAll(leases)).toEqual(['due', 'taken', 'taken', 'taken', 'short']);
    expect(leases.take('bob', { messages: 4 })).toBe('due');
  });

  it('is a 64th of what is free after that, and due again when half of it is left', () => {
    const leases = leasesOf({ QUOTA_MESSAGES: '1000' });
    expect(takeAll(leases)).toEqual(['short']);
    leases.renew('ada', { messages: 1000 - 64 * 5 });
    expect(takeAll(leases)).toEqual(['taken', 'taken', 'due', 'taken', 'taken', 'short']);
  });

  it('is nothing near the limit, at it and above it', () => {
    const leases = leasesOf({ QUOTA_MESSAGES: '1000' });
    for (const messages of [937, 1000, 2000]) {
      leases.renew('ada', { messages });
      expect(takeAll(leases)).toEqual(['short']);
    }
  });

  it('is taken as a whole or not at all', () => {
    const leases = leasesOf({ QUOTA_MESSAGES: '1000', QUOTA_MESSAGE_BYTES: '1000' });
    leases.renew('ada', { messages: 1000 - 64, messageBytes: 0 });
    expect(leases.take('ada', { messages: 1, messageBytes: 16 })).toBe('short');
    expect(leases.take('ada', { messages: 1, messageBytes: 15 })).not.toBe('short');
    expect(leases.take('ada', { messages: 1 })).toBe('short');
  });

  it('has no end, and no need to look, where there is no quota', () => {
    const leases = leasesOf({ QUOTA_MESSAGES: '0' });
    leases.renew('ada', { messages: 1e9 });
    expect([leases.take('ada', { messages: 1e9 }), leases.take('ada', { messages: 1e9 })]).toEqual([
      'taken',
      'taken',
    ]);
  });
});
