import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

export const ROOT = resolve(__dirname, '..', '..')

/** Every page of the documentation, by its path from the project's folder. */
export const PAGES: readonly string[] = [
  'README.md',
  ...readdirSync(join(ROOT, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
]

/** A fenced block of code. */
export interface Block {
  page: string
  /** Line of the opening fence, from 1. */
  line: number
  /** What follows the fence: `ts`, `ts run`, `json`. */
  language: string
  code: string
  /** Declarations the reader need not see: a `<!-- context` comment right after the block. */
  context: string
}

export function readPage(page: string): string {
  return readFileSync(join(ROOT, page), 'utf8')
}

/** Reads the fenced blocks of a page. */
export function blocksOf(page: string): readonly Block[] {
  const text = readPage(page)
  const fenced = /^```(\S[^\n]*)\n([\s\S]*?)^```$(?:\s*<!-- context\n([\s\S]*?)-->)?/gm
  return [...text.matchAll(fenced)].map(({ index, 1: language = '', 2: code = '', 3: context = '' }) => ({
    page,
    line: text.slice(0, index).split('\n').length,
    language,
    code,
    context,
  }))
}

/** A page without its code: fences and hidden comments are replaced by nothing. */
export function proseOf(page: string): string {
  return readPage(page)
    .replace(/^```[\s\S]*?^```$/gm, '')
    .replace(/<!--[\s\S]*?-->/g, '')
}

/** A table: its head's cells, and its rows' cells, as written. */
export interface Table {
  head: readonly string[]
  rows: readonly (readonly string[])[]
}

/** Reads the tables of a page, in their order. */
export function tablesOf(page: string): readonly Table[] {
  const found = [...proseOf(page).matchAll(/(?:^\|.*\|\n)+/gm)].map(([text]) => text.trim().split('\n').map(cellsOf))
  return found.map(([head = [], _rule, ...rows]) => ({ head, rows }))
}

/** A pipe that belongs to a cell is written `\|`. */
function cellsOf(line: string): string[] {
  const cells = line
    .trim()
    .split(/(?<!\\)\|/)
    .slice(1, -1)
  return cells.map((cell) => cell.replaceAll('\\|', '|').trim())
}

/** The one table whose head begins with these cells. */
export function tableOf(page: string, ...head: readonly string[]): Table {
  const found = tablesOf(page).filter((table) => head.every((cell, at) => table.head[at] === cell))
  if (found.length === 1) return found[0] as Table
  throw new Error(`${page} has ${found.length} tables that begin with ${head.join(' | ')}`)
}

/** What stands between backticks in a cell, in its order. */
export function codesIn(cell: string | undefined): readonly string[] {
  return [...(cell ?? '').matchAll(/`([^`]+)`/g)].map(([, code = '']) => code)
}

/** What a table names: the first code of each row's first cell. */
export function namesIn({ rows }: Table): readonly string[] {
  return rows.map(([first]) => codesIn(first)[0] ?? '').filter(Boolean)
}

/** The anchors of a page's headings, as GitHub makes them. */
export function anchorsOf(page: string): readonly string[] {
  return [...proseOf(page).matchAll(/^#+ (.+)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  )
}
