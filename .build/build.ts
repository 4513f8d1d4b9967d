import { execFile } from 'node:child_process'
import { cpSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { build as transform } from 'esbuild'
import { exports as subpaths } from '../package.json'
import { reachableDeclarations } from './declarations'

const run = promisify(execFile)
const ROOT = resolve(__dirname, '..')
const OUTPUT = join(ROOT, 'dist', 'lib')

/** Makes `dist/lib`: CommonJS with declarations by the compiler, scripts of Redis beside it, a module per subpath. */
async function build(): Promise<void> {
  rmSync(join(ROOT, 'dist'), { recursive: true, force: true })
  // Editors read the comments in the declarations: without them the code is a fifth smaller.
  await Promise.all([compile('--declaration', 'false', '--removeComments'), compile('--emitDeclarationOnly')])
  await foldSpace()
  copyScripts()
  const entries = listEntries()
  dropUnreachable(entries.map((entry) => `${entry}.d.ts`))
  for (const entry of entries) writeModule(entry)
}

async function compile(...flags: string[]): Promise<void> {
  const tsc = require.resolve('typescript/bin/tsc')
  await run(process.execPath, [tsc, '-p', join(ROOT, 'tsconfig.build.json'), ...flags])
}

/** What checks the set-up: an error there is printed with the line it was thrown from. */
const THROWS_AT_START = /^(settings|two-factor|errors|adapters\/\w+\/options)\b/

/**
 * White space is a twentieth of the download; names stay, for stack traces. What throws at start-up keeps its lines.
 */
async function foldSpace(): Promise<void> {
  const files = readdirSync(OUTPUT, { recursive: true, encoding: 'utf8' }).filter(
    (name) => name.endsWith('.js') && !THROWS_AT_START.test(name),
  )
  const entryPoints = files.map((name) => join(OUTPUT, name))
  await transform({
    entryPoints,
    outdir: OUTPUT,
    outbase: OUTPUT,
    allowOverwrite: true,
    minifyWhitespace: true,
    minifySyntax: true,
  })
}

function copyScripts(): void {
  const isScript = (path: string) => path.endsWith('.lua') || statSync(path).isDirectory()
  const scripts = join('adapters', 'redis', 'lua')
  cpSync(join(ROOT, 'lib', scripts), join(OUTPUT, scripts), { recursive: true, filter: isScript })
}

/** The files behind package.json's subpaths, absolute, without extension. */
function listEntries(): string[] {
  const targets = Object.values(subpaths).filter((target) => typeof target === 'object')
  return targets.map(({ require: { default: file } }) => resolve(ROOT, file.replace(/\.js$/, '')))
}

/** No import leads to them, so they tell nobody anything. */
function dropUnreachable(entries: readonly string[]): void {
  const kept = reachableDeclarations(entries)
  for (const name of readdirSync(OUTPUT, { recursive: true, encoding: 'utf8' })) {
    const path = join(OUTPUT, name)
    if (path.endsWith('.d.ts') && !kept.has(path)) rmSync(path)
  }
}

/** The names of the CommonJS file, bound again: `import` and `require` must give one and the same class. */
function writeModule(entry: string): void {
  const base = entry.slice(entry.lastIndexOf('/') + 1)
  const names = Object.keys(require(`${entry}.js`)).sort()
  writeFileSync(`${entry}.mjs`, `import m from './${base}.js'\nexport const { ${names.join(', ')} } = m\n`)
  writeFileSync(`${entry}.d.mts`, `export * from './${base}.js'\n`)
}

build().catch((error: { message: string; stdout?: string }) => {
  process.stderr.write(`${error.stdout ?? ''}${error.message}\n`)
  process.exitCode = 1
})
