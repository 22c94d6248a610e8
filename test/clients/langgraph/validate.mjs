// Runs the published tests by vitest, without its command line, and prints what became of them as JSON.
import { startVitest } from 'vitest/node';

const print = console.log;
const vitest = await startVitest('test', [], {
  root: import.meta.dirname,
  watch: false,
  reporters: [{}],
});
const tests = vitest.state.getTestModules().flatMap((module) => [...module.children.allTests()]);
const count = (state) => tests.filter((test) => test.result().state === state).length;
const errors = tests
  .flatMap((test) =>
    (test.result().errors ?? []).map((error) => `${test.fullName}: ${error.message}`),
  )
  .slice(0, 10);
print(
  JSON.stringify({
    passed: count('passed'),
    failed: count('failed'),
    skipped: tests.length - count('passed') - count('failed'),
    errors: [...errors, ...vitest.state.getUnhandledErrors().map(String)],
  }),
);
await vitest.close();
