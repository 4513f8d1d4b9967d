import { codesIn, type Table, tableOf } from '../docs/markdown'
import type { Pace } from './pace'

const PAGE = 'docs/failures.md'

/** One fault as the page tells it: how long an answer may take, and a word for what becomes of each action. */
export interface Row {
  fault: string
  atMost: string
  /** Action → cell. */
  cells: ReadonlyMap<string, string>
}

/** What a word of the matrix promises. */
export interface Answer {
  word: string
  status: readonly number[]
  /** Of the problem document; none where the request is answered as ever. */
  code: string | undefined
  /** The title that the user reads, in English. */
  title: string | undefined
}

export interface MatrixPage {
  actions: readonly string[]
  rows: readonly Row[]
  answers: ReadonlyMap<string, Answer>
  /** The words for how a user gets on once the fault is over. */
  recoveries: ReadonlySet<string>
}

/** Reads docs/failures.md, which the tests are driven from: a cell that says something else than what happens fails. */
export function readMatrix(): MatrixPage {
  const [, , ...heads] = tableOf(PAGE, 'Fault', 'At most').head
  const actions = heads.map((head) => codesIn(head)[0] ?? head)
  return {
    actions,
    rows: tableOf(PAGE, 'Fault', 'At most').rows.map((cells) => readRow(actions, cells)),
    answers: readAnswers(tableOf(PAGE, 'Answer', 'Status', 'Code')),
    recoveries: new Set(tableOf(PAGE, 'Afterwards').rows.map(([word = '']) => codesIn(word)[0] ?? '')),
  }
}

function readRow(actions: readonly string[], [fault = '', atMost = '', ...cells]: readonly string[]): Row {
  return { fault, atMost, cells: new Map(actions.map((action, at) => [action, cells[at] ?? ''])) }
}

function readAnswers({ rows }: Table): ReadonlyMap<string, Answer> {
  const answers = rows.map(([word, statuses = '', code, title = '']): Answer => {
    const quoted = /“([^”]+)”/.exec(title)?.[1]
    const status = (statuses.match(/\d{3}/g) ?? []).map(Number)
    return { word: codesIn(word)[0] ?? '', status, code: codesIn(code)[0], title: quoted }
  })
  return new Map(answers.map((answer) => [answer.word, answer]))
}

/** A cell's two words: the answer while the fault lasts, and what the user does once it is over. */
export function readCell(cell: string): { answer: string; recovery: string } {
  const [answer = '', recovery = ''] = cell.split(', ')
  return { answer, recovery }
}

/** How long the row lets an answer take, at the pace of this run. */
export function limitOf({ atMost }: Row, pace: Pace): number {
  const { storeTimeoutMs, sendTimeoutMs, marginMs } = pace
  const limits: Readonly<Record<string, number>> = {
    'at once': 0,
    '2 s': storeTimeoutMs,
    '5 s': sendTimeoutMs,
    '7 s': sendTimeoutMs + storeTimeoutMs,
  }
  const limit = limits[atMost]
  if (limit === undefined) throw new Error(`${PAGE}: "${atMost}" is no limit`)
  return limit + marginMs
}
