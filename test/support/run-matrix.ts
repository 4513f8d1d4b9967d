import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join, resolve } from 'node:path'

/** Where the suite runs besides the Node and the Express at hand. */
interface Place {
  name: string
  env: NodeJS.ProcessEnv
}

const ROOT = resolve(__dirname, '../..')
const PACKAGES = {
  n22: `npm:node-${process.platform}-${process.arch}@22.23.3`,
  n24: `npm:node-${process.platform}-${process.arch}@24.21.0`,
  express: '4.21',
}

runAll(process.argv.slice(2))

/** Runs the suite in each place, and ends with a line of figures for each; arguments go on to jest. */
function runAll(args: readonly string[]): void {
  const folder = mkdtempSync(join(tmpdir(), 'matrix-'))
  try {
    install(folder)
    const lines = placesIn(folder).map((place) => runIn(place, folder, args))
    process.stdout.write(`\n${lines.join('\n')}\n`)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function install(folder: string): void {
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, dependencies: PACKAGES }))
  const { status } = spawnSync('npm', ['install', '--no-audit', '--no-fund'], { cwd: folder, stdio: 'inherit' })
  if (status !== 0) throw new Error('the other versions could not be installed')
}

function placesIn(folder: string): Place[] {
  const express = join(folder, 'node_modules', 'express')
  const preload = `--require=${join(__dirname, 'express-of-matrix.cjs')}`
  return [
    { name: 'Node 22', env: withNode(join(folder, 'node_modules', 'n22', 'bin')) },
    { name: 'Node 24', env: withNode(join(folder, 'node_modules', 'n24', 'bin')) },
    { name: 'Express 4', env: { TEST_EXPRESS: express, NODE_OPTIONS: preload } },
  ]
}

function withNode(programs: string): NodeJS.ProcessEnv {
  return { PATH: `${programs}${delimiter}${process.env.PATH}` }
}

function runIn({ name, env }: Place, folder: string, args: readonly string[]): string {
  const report = join(folder, 'report.json')
  const jest = require.resolve('jest/bin/jest')
  const command = [jest, '--json', '--outputFile', report, ...args]
  process.stdout.write(`\n== ${name}\n`)
  const { status } = spawnSync('node', command, {
    cwd: ROOT,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  if (status !== 0) process.exitCode = 1
  const { numPassedTests, numFailedTests, numRuntimeErrorTestSuites } = JSON.parse(readFileSync(report, 'utf8'))
  return `${name}: ${numPassedTests} passed, ${numFailedTests + numRuntimeErrorTestSuites} failed`
}
