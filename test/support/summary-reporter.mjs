// Closes a run with one line that any tool can read.
export default class SummaryReporter {
  onRunComplete(
    _contexts,
    { numPassedTests, numFailedTests, numFailedTestSuites, numRuntimeErrorTestSuites },
  ) {
    // A file that could not run at all has no failed test to count.
    const failed =
      numFailedTests +
      (numFailedTests === 0 ? Math.max(numFailedTestSuites, numRuntimeErrorTestSuites) : 0);
    // Jest prints its own summary after the reporters have run.
    process.once('exit', () =>
      process.stdout.write(`${numPassedTests} passed, ${failed} failed\n`),
    );
  }
}
