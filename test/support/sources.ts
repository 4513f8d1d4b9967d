import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, posix, resolve } from 'node:path'
import ts from 'typescript'

const ROOT = resolve(__dirname, '../..')

/** A file of the project, parsed. */
export interface Source {
  /** From the project's root, with slashes. */
  path: string
  text: string
  tree: ts.SourceFile
}

/** One import of a file. */
export interface Import {
  /** A file's path from the project's root, or the package's name. */
  target: string
  /** Nothing of a type import is left at run time. */
  kind: 'type' | 'value'
}

/** Reads every TypeScript file under the folders given, from the project's root; a folder not there has none. */
export function readSources(...folders: readonly string[]): Source[] {
  return folders.flatMap((folder) => listFiles(folder)).map(readSource)
}

function listFiles(folder: string): string[] {
  if (!existsSync(join(ROOT, folder))) return []
  const names = readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
  return names.filter((name) => name.endsWith('.ts')).map((name) => posix.join(folder, name.replaceAll('\\', '/')))
}

function readSource(path: string): Source {
  const text = readFileSync(join(ROOT, path), 'utf8')
  return { path, text, tree: ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true) }
}

/** Every node of a file that passes the test. */
export function findNodes<Found extends ts.Node>(source: Source, test: (node: ts.Node) => node is Found): Found[] {
  const found: Found[] = []
  const visit = (node: ts.Node): void => {
    if (test(node)) found.push(node)
    ts.forEachChild(node, visit)
  }
  visit(source.tree)
  return found
}

/** Where a node starts, as editors open it. */
export function placeOf({ path, tree }: Source, node: ts.Node): string {
  return `${path}:${lineOf(tree, node.getStart(tree))}`
}

/** How many lines a node takes, its first and last included. */
export function countLines({ tree }: Source, node: ts.Node): number {
  return lineOf(tree, node.getEnd()) - lineOf(tree, node.getStart(tree)) + 1
}

function lineOf(tree: ts.SourceFile, at: number): number {
  return tree.getLineAndCharacterOfPosition(at).line + 1
}

/** Lists what a file imports: by declarations, by `require`, by `import()` and by type. */
export function importsOf(source: Source): Import[] {
  const isImport = (node: ts.Node): node is ts.Node => readImport(node) !== undefined
  return findNodes(source, isImport).map((node) => {
    const { name, kind } = readImport(node) as { name: string; kind: Import['kind'] }
    return { target: resolveTarget(source.path, name), kind }
  })
}

function readImport(node: ts.Node): { name: string; kind: Import['kind'] } | undefined {
  if (ts.isImportDeclaration(node)) return named(node.moduleSpecifier, isTypeClause(node.importClause))
  if (ts.isExportDeclaration(node)) return named(node.moduleSpecifier, isTypeExport(node))
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) return named(node.argument.literal, true)
  if (!ts.isCallExpression(node)) return undefined
  const isLoad = node.expression.kind === ts.SyntaxKind.ImportKeyword || node.expression.getText() === 'require'
  return isLoad ? named(node.arguments[0], false) : undefined
}

function named(node: ts.Node | undefined, isType: boolean): { name: string; kind: Import['kind'] } | undefined {
  return node && ts.isStringLiteral(node) ? { name: node.text, kind: isType ? 'type' : 'value' } : undefined
}

function isTypeClause(clause: ts.ImportClause | undefined): boolean {
  if (!clause) return false
  const { name, namedBindings } = clause
  if (clause.phaseModifier === ts.SyntaxKind.TypeKeyword) return true
  return !name && !!namedBindings && ts.isNamedImports(namedBindings) && namedBindings.elements.every(isTypeName)
}

function isTypeExport({ isTypeOnly, exportClause }: ts.ExportDeclaration): boolean {
  return isTypeOnly || (!!exportClause && ts.isNamedExports(exportClause) && exportClause.elements.every(isTypeName))
}

function isTypeName({ isTypeOnly }: ts.ImportSpecifier | ts.ExportSpecifier): boolean {
  return isTypeOnly
}

function resolveTarget(from: string, name: string): string {
  if (!name.startsWith('.')) return packageOf(name)
  const base = posix.join(dirname(from), name)
  return (
    [base, `${base}.ts`, `${base}/index.ts`].find((path) => /\.\w+$/.test(path) && existsSync(join(ROOT, path))) ?? base
  )
}

/** `a/b` → `a`, `@a/b/c` → `@a/b`, `node:fs/promises` → `node:fs`. */
function packageOf(name: string): string {
  return name
    .split('/')
    .slice(0, name.startsWith('@') ? 2 : 1)
    .join('/')
}
