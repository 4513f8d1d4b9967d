import { execFile } from 'node:child_process'
import { cpSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { promisify } from 'node:util'
import { build as bundleFile } from 'esbuild'
import { exports as subpaths } from '../package.json'
import { reachableDeclarations } from './declarations'

const run = promisify(execFile)
const ROOT = resolve(__dirname, '..')
const OUTPUT = join(ROOT, 'dist', 'lib')
const LONGEST_LINE = 1200

/** Makes `dist/lib`: a CommonJS file and a module per subpath, declarations by the compiler, scripts of Redis beside them. */
async function build(): Promise<void> {
  rmSync(join(ROOT, 'dist'), { recursive: true, force: true })
  await declare()
  const entries = listEntries()
  await Promise.all([join(OUTPUT, 'errors'), ...entries].map(bundle))
  copyScripts()
  dropUnreachable(entries.map((entry) => `${entry}.d.ts`))
  for (const entry of entries) writeModule(entry)
}

async function declare(): Promise<void> {
  const tsc = require.resolve('typescript/bin/tsc')
  await run(process.execPath, [tsc, '-p', join(ROOT, 'tsconfig.build.json'), '--emitDeclarationOnly'])
}

/**
 * One file per subpath: less to download than a file per module, and half the time to load. White space is folded;
 * names are kept, and some lines, for stack traces. The errors alone keep a file of their own, for every subpath must throw one and the same class.
 */
async function bundle(entry: string): Promise<void> {
  const errors = { path: asRelative(relative(dirname(entry), join(OUTPUT, 'errors'))), external: true }
  await bundleFile({
    entryPoints: [sourceOf(entry)],
    outfile: `${entry}.js`,
    bundle: true,
    platform: 'node',
    packages: 'external',
    format: 'cjs',
    target: 'node20',
    charset: 'utf8',
    minifyWhitespace: true,
    minifySyntax: true,
    lineLimit: LONGEST_LINE,
    legalComments: 'none',
    plugins: [
      {
        name: 'errors-apart',
        setup: ({ onResolve }) =>
          onResolve({ filter: /\/errors$/ }, ({ path, resolveDir }) =>
            join(resolveDir, path) === join(ROOT, 'lib', 'errors') ? errors : undefined,
          ),
      },
    ],
  })
}

function sourceOf(entry: string): string {
  return `${join(ROOT, 'lib', relative(OUTPUT, entry))}.ts`
}

function asRelative(path: string): string {
  return path.startsWith('.') ? path : `./${path}`
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
