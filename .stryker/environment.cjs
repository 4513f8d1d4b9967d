const StrykerEnvironment = require('@stryker-mutator/jest-runner/jest-env/node')

/** What is true of several processes only: these tests need a Redis between them. */
const NEED_REDIS = [
  /over two processes on one Redis/,
  /^the count of texts outlives a restart/,
  /one user cannot make the hash of grants grow/,
  /^a session id, .* planted before the password is another after it, and another again after the second factor/,
]

/** Ends a run with its first failure: one test that fails has killed the mutant. */
class UntilFirstFailure extends StrykerEnvironment {
  hasFailed = false

  handleTestEvent(event) {
    if (event.name === 'test_start' && (this.hasFailed || needsRedis(event.test))) event.test.mode = 'skip'
    if (event.name === 'test_done' && event.test.errors.length > 0) this.hasFailed = true
  }
}

function needsRedis(test) {
  const name = `${test.parent.name} ${test.name}`
  return NEED_REDIS.some((pattern) => pattern.test(name))
}

module.exports = UntilFirstFailure
