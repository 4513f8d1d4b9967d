import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import ts from 'typescript'

const ROOT = join(__dirname, '..')
const SUBPATHS = ['redis', 'memory', 'sql', 'vonage']

/**
 * Compiles `lib` and `bench` as the published package is compiled: what runs under a loader is slower to import,
 * and calls between its files cost more.
 * @returns the folder, within which the package is found by its own name
 */
export function buildBench(): string {
  const folder = join(ROOT, 'node_modules', '.cache', 'express-two-factor-bench')
  rmSync(folder, { recursive: true, force: true })
  for (const part of ['lib', 'bench']) compileFolder(join(ROOT, part), join(folder, part))
  writeFileSync(join(folder, 'package.json'), JSON.stringify(describePackage()))
  return folder
}

function compileFolder(from: string, to: string): void {
  for (const name of readdirSync(from, { recursive: true }) as string[]) {
    const target = join(to, name)
    mkdirSync(dirname(target), { recursive: true })
    if (name.endsWith('.ts')) writeFileSync(target.replace(/ts$/, 'js'), compile(join(from, name)))
    else if (name.endsWith('.lua')) copyFileSync(join(from, name), target)
  }
}

function compile(file: string): string {
  const compilerOptions = { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2023, esModuleInterop: true }
  return ts.transpileModule(readFileSync(file, 'utf8'), { compilerOptions, fileName: file }).outputText
}

function describePackage(): object {
  const subpaths = SUBPATHS.map((name) => [`./${name}`, `./lib/adapters/${name}/index.js`])
  const exports = { '.': './lib/index.js', ...Object.fromEntries(subpaths) }
  return { name: 'express-two-factor', type: 'commonjs', exports }
}
