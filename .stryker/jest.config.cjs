const path = require('node:path')
require('esbuild-register')
const { globalSetup: _setup, globalTeardown: _teardown, ...config } = require('../jest.config')

// Nothing of it leaves the process: no Redis is started, and the tests that run on several stores run on one.
process.env.TEST_BACKENDS = 'memory'

module.exports = {
  ...config,
  rootDir: path.dirname(__dirname),
  roots: [__dirname],
  modulePathIgnorePatterns: [path.join(__dirname, 'tmp')],
  testTimeout: 20_000,
  testMatch: [path.join(__dirname, 'every.test.cjs')],
  testEnvironment: path.join(__dirname, 'environment.cjs'),
}
