/** Ends a run with one line to count by. Jest loads reporters as they are, hence no TypeScript. */
class PlainReporter {
  onRunComplete(_contexts, { numPassedTests, numFailedTests, numRuntimeErrorTestSuites }) {
    const failed = numFailedTests + numRuntimeErrorTestSuites
    // Jest's own summary comes after every reporter.
    process.once('exit', () => process.stdout.write(`${numPassedTests} passed, ${failed} failed\n`))
  }
}

module.exports = PlainReporter
