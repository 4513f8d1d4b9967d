import { join } from 'node:path'
import ts from 'typescript'
import { type Block, ROOT } from './markdown'

/** Where the samples would be in an app: beside the app's own code. */
const FOLDER = join(ROOT, 'test', 'docs', 'app')

function readConfig(): ts.ParsedCommandLine {
  const path = join(ROOT, 'tsconfig.json')
  const { config } = ts.readConfigFile(path, ts.sys.readFile)
  return ts.parseJsonConfigFileContent(config, ts.sys, ROOT)
}

/**
 * Type-checks samples against the package, all in one program. Each is a module of its own, as a reader would paste it.
 * @returns one line for each mistake: page, line and what the compiler says
 */
export function checkTypes(blocks: readonly Block[]): readonly string[] {
  const files = new Map(blocks.map((block) => [join(FOLDER, nameOf(block)), block]))
  const options = { ...readConfig().options, noUnusedLocals: false, noUnusedParameters: false }
  const host = ts.createCompilerHost(options)
  const { fileExists, getSourceFile } = host
  host.fileExists = (path) => files.has(path) || fileExists(path)
  host.getSourceFile = (path, languageVersion, ...rest) => {
    const block = files.get(path)
    if (!block) return getSourceFile.call(host, path, languageVersion, ...rest)
    return ts.createSourceFile(path, sourceOf(block), languageVersion)
  }
  const program = ts.createProgram([...files.keys()], options, host)
  return [...files].flatMap(([path, block]) => mistakesIn(program, program.getSourceFile(path) as ts.SourceFile, block))
}

/** ES modules, for `await` at the top. */
function nameOf({ page, line }: Block): string {
  return `${page.replaceAll(/\W/g, '-')}-${line}.mts`
}

/** What the reader does not see comes last, so that lines are the page's own. */
function sourceOf({ code, context }: Block): string {
  return `${code}\nexport {}\n${context}`
}

function mistakesIn(program: ts.Program, file: ts.SourceFile, { page, line }: Block): readonly string[] {
  const mistakes = [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)]
  return mistakes.map(({ start = 0, messageText }) => {
    const at = file.getLineAndCharacterOfPosition(start).line
    return `${page}:${line + 1 + at} ${ts.flattenDiagnosticMessageText(messageText, ' ')}`
  })
}

/** What a sample exports once it has run. */
export type Exports = Readonly<Record<string, unknown>>

/**
 * Runs a sample.
 * @param load - `require` of the test, with what the sample's app would have
 */
export async function runSample({ code }: Block, load: (name: string) => unknown): Promise<Exports> {
  const exports: Exports = {}
  await new Function('require', 'exports', `return (async () => {${transpile(code)}\n})()`)(load, exports)
  return exports
}

/** Runs a sample that declares tests: the runner wants them declared at once, so the sample awaits nothing at its top. */
export function declareTests({ code }: Block, load: (name: string) => unknown): void {
  new Function('require', 'exports', transpile(code))(load, {})
}

function transpile(code: string): string {
  const compilerOptions = { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2023, esModuleInterop: true }
  return ts.transpileModule(code, { compilerOptions }).outputText
}

function declarationsOf(path: string): readonly ts.Statement[] {
  const text = ts.sys.readFile(join(ROOT, path)) ?? ''
  return ts.createSourceFile(path, text, ts.ScriptTarget.ES2023, true).statements.slice()
}

function membersOf(node: ts.InterfaceDeclaration | ts.TypeLiteralNode): readonly string[] {
  return node.members.map((member) => `${member.name?.getText().replaceAll("'", '')}${isOptional(member) ? '?' : ''}`)
}

function isOptional(member: ts.TypeElement): boolean {
  return member.questionToken !== undefined
}

function interfaceIn(path: string, name: string): ts.InterfaceDeclaration {
  const found = declarationsOf(path).find((node) => ts.isInterfaceDeclaration(node) && node.name.text === name)
  if (found) return found as ts.InterfaceDeclaration
  throw new Error(`${path} has no interface ${name}`)
}

/** The members of an interface of the package, an optional one with `?` behind its name. */
export function readInterface(path: string, name: string): readonly string[] {
  return membersOf(interfaceIn(path, name))
}

/** The members of an interface whose members are types in braces: name → the members of each. */
export function readNested(path: string, name: string): ReadonlyMap<string, readonly string[]> {
  const members = interfaceIn(path, name).members.filter(ts.isPropertySignature)
  return new Map(
    members.map(({ name: key, type }) => [key.getText().replaceAll("'", ''), membersOf(type as ts.TypeLiteralNode)]),
  )
}
