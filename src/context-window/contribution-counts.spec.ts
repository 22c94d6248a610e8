import { beforeEach, describe, expect, it } from '@jest/globals';
import { TokenCounter } from '../conversations/index.js';
import { RequestContexts } from '../platform/context/index.js';
import { ContributionCounts } from './contribution-counts.js';
import type { PartContribution } from './contributing.js';

const [ADA, BEA] = ['ada', 'bea'].map((_, i) => `00000000-0000-7000-8000-00000000000${i}`) as [
  string,
  string,
];

const memory = (ref: string, text: string, source = 'user'): PartContribution => ({
  part: 'memories',
  ref,
  text,
  origin: { element: 'memory', attributes: { kind: 'fact', source } },
  place: 'tail',
});

describe('the token counts of contributions', () => {
  let counted: string[];
  let counts: ContributionCounts;
  const contexts = new RequestContexts();
  const countAs = (userId: string, ...contributions: PartContribution[]) =>
    contexts.runAsUser(userId, () => counts.countAll(contributions));
  beforeEach(() => {
    counted = [];
    const tokens = new TokenCounter();
    const countAll = tokens.countAll.bind(tokens);
    tokens.countAll = (texts) => {
      counted.push(...texts);
      return countAll(texts);
    };
    counts = new ContributionCounts(tokens, contexts);
  });

  it('are counted once for each version, and are the same again', async () => {
    const [tea, figs] = [memory('1@1', 'Likes tea'), memory('2@1', 'Likes figs and dates')];
    const first = await countAs(ADA, tea);
    const [figsCount, teaCount] = await countAs(ADA, figs, tea);
    expect([teaCount, counted.length]).toEqual([first[0], 2]);
    expect(figsCount).toBeGreaterThan(teaCount!);
    expect(await countAs(ADA, tea, figs)).toEqual([teaCount, figsCount]);
    expect(counted).toHaveLength(2);
  });

  it('are counted anew for another version, another source, and another user', async () => {
    await countAs(ADA, memory('1@1', 'Likes tea'));
    await countAs(ADA, memory('1@2', 'Likes tea'));
    await countAs(ADA, memory('1@1', 'Likes tea', 'tool'));
    await countAs(BEA, memory('1@1', 'Likes tea'));
    expect(counted).toHaveLength(4);
  });

  it('are of the text as it is sent', async () => {
    const [plain] = await countAs(ADA, { ...memory('1@1', 'Likes <tea>'), part: 'agentConfig' });
    const tokens = new TokenCounter();
    const [sent] = await tokens.countAll(counted);
    expect([plain, counted[0]]).toEqual([sent, expect.stringContaining('<memory kind="fact"')]);
  });
});
