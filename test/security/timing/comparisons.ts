import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'

const SCRIPTS = join(__dirname, '../../../lib/adapters/redis/lua')

/** Names of what must not be compared by a comparison that ends at the first difference. */
const SECRET = /(?:code|hash|hashes|token|secret|otp|digest)$/i
const EQUALITY: ReadonlySet<ts.SyntaxKind> = new Set([
  ts.SyntaxKind.EqualsEqualsToken,
  ts.SyntaxKind.EqualsEqualsEqualsToken,
  ts.SyntaxKind.ExclamationEqualsToken,
  ts.SyntaxKind.ExclamationEqualsEqualsToken,
])
const SEARCHING = /^(?:includes|indexOf|lastIndexOf|startsWith|endsWith|localeCompare|equals|compare)$/

/** True for `code === typed`, `hashes.includes(token)` and their like; not where one side is written out. */
export function isSecretCompared(node: ts.Node): node is ts.Node {
  if (ts.isBinaryExpression(node)) {
    const sides = [node.left, node.right]
    return EQUALITY.has(node.operatorToken.kind) && sides.some(isSecret) && !sides.some(isWrittenOut)
  }
  if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression)) return false
  const { expression, name } = node.expression
  const given = [expression, ...node.arguments]
  return SEARCHING.test(name.text) && given.some(isSecret) && !node.arguments.some(isWrittenOut)
}

function isSecret(node: ts.Node): boolean {
  return SECRET.test(node.getText())
}

/** A literal, `undefined`, `null`, or a constant's name: nothing that a guess could be measured against. */
function isWrittenOut(node: ts.Node): boolean {
  return ts.isStringLiteral(node) || ts.isNumericLiteral(node) || /^(?:undefined|null|[A-Z_]+)$/.test(node.getText())
}

/** The scripts of Redis that compare such a thing. */
export function scriptsComparing(): readonly string[] {
  const names = readdirSync(SCRIPTS)
  return names.filter((name) => comparisonsOf(readFileSync(join(SCRIPTS, name), 'utf8')).length > 0)
}

function comparisonsOf(script: string): readonly string[] {
  const code = script.replace(/--.*$/gm, '')
  const sides = [...code.matchAll(/([\w.[\]]+) *(?:==|~=) *([\w.[\]'"]+)/g)]
  const secret = /(?:code|hash|token|secret|presented)(?:\[\w+\]|s\[\w+\])?$/
  return sides.filter((pair) => pair.slice(1).some((side) => secret.test(side as string))).map(([text]) => text)
}
