/** @jest-config-loader esbuild-register */
import type { Config } from 'jest'

/** Another Express than the installed one: `npm run test:matrix` names its folder. */
const { TEST_EXPRESS } = process.env

const config: Config = {
  testEnvironment: 'node',
  roots: ['<rootDir>/test'],
  testMatch: ['**/*.test.ts'],
  // Long runs have npm scripts of their own.
  testPathIgnorePatterns: ['/node_modules/', '<rootDir>/test/long/'],
  globalSetup: '<rootDir>/test/support/global-setup.ts',
  globalTeardown: '<rootDir>/test/support/global-teardown.ts',
  transform: {
    '^.+\\.[cm]?[jt]sx?$': [
      '@swc/jest',
      { jsc: { parser: { syntax: 'typescript' }, target: 'es2022' }, module: { type: 'commonjs' } },
    ],
  },
  // uuid, under the Vonage SDK, ships ES modules only.
  transformIgnorePatterns: ['/node_modules/(?!(uuid)/)'],
  moduleNameMapper: {
    ...(TEST_EXPRESS ? { '^express$': TEST_EXPRESS } : {}),
    '^express-two-factor$': '<rootDir>/lib/index.ts',
    '^express-two-factor/testing$': '<rootDir>/lib/testing/index.ts',
    '^express-two-factor/(redis|memory|sql|vonage)$': '<rootDir>/lib/adapters/$1/index.ts',
  },
  // Jest leaves a core to itself; on two that is half of them.
  maxWorkers: '100%',
  testTimeout: 15_000,
  reporters: ['default', '<rootDir>/test/support/plain-reporter.cjs'],
}

module.exports = config
