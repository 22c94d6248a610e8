// Gives what is written for the AI SDK to the package `ai`: its validation and its conversion for
// models must take all of it.
import { convertToModelMessages, modelMessageSchema, validateUIMessages } from 'ai';
import fc from 'fast-check';
import { splitTurns } from '../../src/conversations/parts/convert.js';
import { partsOf, WRITERS } from '../../src/conversations/parts/index.js';
import { brokenHistories } from '../support/dialect-histories.js';

const RUNS = 500;
const SEED = 20_261_127;

const histories = fc.sample(
  brokenHistories(1, 12, (text) => text.length),
  { seed: SEED, numRuns: RUNS },
);
for (const history of histories) {
  const turns = history.flatMap((message) => splitTurns(message.role, partsOf(message)));
  const { messages } = WRITERS['ai-sdk'].write(turns, { isRequest: false });
  if (messages.length === 0) continue;
  const converted = await convertToModelMessages(await validateUIMessages({ messages }));
  for (const message of converted) modelMessageSchema.parse(message);
}
console.log(`ai takes what was written of ${histories.length} conversations`);
