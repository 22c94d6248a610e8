import { describe, expect, it } from '@jest/globals';
import { ImportProgress } from './import-progress.js';

async function* chunks(): AsyncGenerator<Buffer> {
  await Promise.resolve();
  yield Buffer.alloc(1_500_000);
  yield Buffer.alloc(2_000_000);
}

describe('the progress of an import', () => {
  it('is shown every ten seconds, and not for a short one', async () => {
    const lines: string[] = [];
    let now = 0;
    const progress = new ImportProgress(
      (line) => lines.push(line),
      () => now,
    );
    for await (const chunk of progress.count(chunks())) expect(chunk.length).toBeGreaterThan(0);
    for (now of [5_000, 9_999, 10_000, 10_001, 20_000]) progress.done();
    expect(lines).toEqual(['… 3 read, 4 MB so far', '… 5 read, 4 MB so far']);
  });
});
