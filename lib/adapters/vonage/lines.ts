import type { CodeMessage } from '../../ports'
import { countParts } from './gsm7'
import type { RetrieverSettings } from './templates'

/** What a text is made of. */
export type Wording = Omit<CodeMessage, 'signal'>

/** What Android's SMS Retriever reads. */
export const MOST_RETRIEVER_BYTES = 140

/** Below this, cutting an action no longer tells what is confirmed: other parts give way first. */
export const LEAST_ACTION = 24

/** Whole minutes a code is still good for, as texts and calls say it. */
export function minutesOf({ expiresInMs }: Pick<CodeMessage, 'expiresInMs'>): number {
  return Math.max(1, Math.round(expiresInMs / 60_000))
}

/** The line by which Android finds the app that waits for the text. */
export function hashLine({ androidAppHash }: RetrieverSettings): string {
  return androidAppHash ? `\n${androidAppHash}` : ''
}

/** Browsers read this line only as the very last one, with the host alone and one space. */
export function originLine({ host, code }: Wording): string {
  const name = host?.replace(/:\d+$/, '') ?? ''
  return /^[a-z0-9.-]+$/i.test(name) ? `\n@${name} #${code}` : ''
}

/** Bytes are counted as UTF-8, the longest of the ways there are: `é` is one septet, and two bytes. */
export function isWithin(text: string, parts: number, { androidAppHash }: RetrieverSettings): boolean {
  if (!androidAppHash) return countParts(text) <= parts
  return countParts(text) === 1 && Buffer.byteLength(text) <= MOST_RETRIEVER_BYTES
}
