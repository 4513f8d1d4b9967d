import { randomUUID } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { isRecord } from './shape'
import { wordsOfSsml } from './speech'

/** A request as it came; its headers hold a token, so printing the object leaves them out. */
export interface StandInRequest {
  method: string
  path: string
  readonly headers: IncomingHttpHeaders
  /** The parsed JSON, or the text where it is none. */
  body: unknown
}

/** A text message the stand-in took. */
export interface StandInMessage {
  messageUuid: string
  to: string
  from: string
  text: string
  clientRef?: string
  body: Readonly<Record<string, unknown>>
}

/** A call the stand-in took. */
export interface StandInCall {
  uuid: string
  conversationUuid: string
  to: string
  /** What is heard: the words without SSML tags. */
  words: string
  language?: string
  body: Readonly<Record<string, unknown>>
}

/** Keeps a request; `headers` is not enumerable, for logs and test failures never to show the token. */
export function recordRequest(
  request: { method: string; path: string; body: unknown },
  headers: IncomingHttpHeaders,
): StandInRequest {
  return Object.defineProperty({ ...request, headers: {} }, 'headers', { value: headers, enumerable: false })
}

/** Reads a message from a body that was found right. */
export function toMessage(body: Readonly<Record<string, unknown>>): StandInMessage {
  const { to, from, text, client_ref: clientRef } = body
  const message = { messageUuid: randomUUID(), to: String(to), from: String(from), text: String(text), body }
  return typeof clientRef === 'string' ? { ...message, clientRef } : message
}

/** Reads a call from a body that was found right. */
export function toCall(body: Readonly<Record<string, unknown>>): StandInCall {
  const to = firstOf(body.to)
  const talk = firstOf(body.ncco)
  return {
    uuid: randomUUID(),
    conversationUuid: `CON-${randomUUID()}`,
    to: String(to.number),
    words: wordsOfSsml(String(talk.text)),
    ...(typeof talk.language === 'string' ? { language: talk.language } : {}),
    body,
  }
}

function firstOf(list: unknown): Record<string, unknown> {
  const first: unknown = Array.isArray(list) ? list[0] : undefined
  return isRecord(first) ? first : {}
}
