import { execFile } from 'node:child_process'
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const ROOT = resolve(__dirname, '../..')

/** What an app that mounts the package has installed itself, and a TypeScript app its types. */
const PEERS = ['express', 'express-session', 'passport', 'ioredis']
const TYPES = ['express', 'express-session', 'passport', 'node'].map((name) => `@types/${name}`)

/** A project of somebody else's, with the packed package installed. */
export interface Project {
  folder: string
  tarball: string
  stop(): void
}

/** Packs the package as it would be published, and installs it into an empty project. */
export async function createProject(): Promise<Project> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'package-')))
  const stop = () => rmSync(folder, { recursive: true, force: true })
  try {
    const tarball = await pack(folder)
    await install(folder, tarball)
    return { folder, tarball, stop }
  } catch (error) {
    stop()
    throw error
  }
}

async function pack(folder: string): Promise<string> {
  await runNpm(ROOT, 'pack', '--pack-destination', folder)
  return join(folder, readdirSync(folder).find((name) => name.endsWith('.tgz')) as string)
}

async function install(folder: string, tarball: string): Promise<void> {
  writeFileSync(join(folder, 'package.json'), '{ "private": true }')
  const others = [...PEERS, ...TYPES].map((name) => `${name}@${versionOf(name)}`)
  await runNpm(folder, 'install', '--no-audit', '--no-fund', '--prefer-offline', '--ignore-scripts', tarball, ...others)
}

/** The version that the rest of the tests run on. */
function versionOf(name: string): string {
  const folder = (name === 'express' && process.env.TEST_EXPRESS) || join(ROOT, 'node_modules', name)
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).version
}

async function runNpm(folder: string, ...args: string[]): Promise<void> {
  // Under `npm test` npm tells its children whose project they belong to: this one is another's.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_config_\w*prefix$/.test(name)))
  await run('npm', args, { cwd: folder, env })
}

/** Runs a script in the project, and reads the JSON it prints. */
export async function runScript(project: Project, kind: 'commonjs' | 'module', script: string): Promise<unknown> {
  const { stdout } = await runNode(project, {}, `--input-type=${kind}`, '--eval', script)
  return JSON.parse(stdout)
}

/** Runs a suite of `fixtures/` with the jest of this repository, as the project's own. */
export async function runSuite(project: Project, name: string, env: NodeJS.ProcessEnv): Promise<string> {
  const folder = join(project.folder, name.replace(/\W/g, '-'))
  mkdirSync(folder)
  copyFileSync(join(__dirname, 'fixtures', name), join(folder, name))
  const paths = { NODE_PATH: join(ROOT, 'node_modules'), ...env }
  const jest = require.resolve('jest/bin/jest')
  const { stderr } = await runNode(project, paths, jest, '--rootDir', folder, '--config', '{ "transform": {} }')
  return stderr
}

/** Checks `fixtures/consumer.mts`, under each extension given, as a strict TypeScript app would; says what is wrong. */
export async function checkTypes(
  project: Project,
  extensions: string[],
  options: Record<string, unknown>,
): Promise<string> {
  const folder = mkdtempSync(join(project.folder, 'types-'))
  const files = extensions.map((extension) => `consumer${extension}`)
  for (const file of files) copyFileSync(join(__dirname, 'fixtures', 'consumer.mts'), join(folder, file))
  const strict = {
    strict: true,
    skipLibCheck: false,
    esModuleInterop: true,
    noEmit: true,
    target: 'es2022',
    types: ['node'],
  }
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions: { ...strict, ...options }, files }))
  return runTool(project, 'typescript/bin/tsc', '--project', folder)
}

/** Runs a tool of this repository in the project; says nothing when the tool has nothing to say against it. */
export async function runTool(project: Project, tool: string, ...args: string[]): Promise<string> {
  try {
    await runNode(project, { NO_COLOR: '1' }, join(ROOT, 'node_modules', tool), ...args)
    return ''
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string }
    return `${stdout}${stderr}` || String(error)
  }
}

function runNode({ folder }: Project, env: NodeJS.ProcessEnv, ...args: string[]) {
  return run(process.execPath, args, { cwd: folder, env: { ...process.env, ...env } })
}
