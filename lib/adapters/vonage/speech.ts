import type { CodeMessage, Locale } from '../../ports'
import { minutesOf } from './text'

const ISSUER_LIMIT = 120
const ACTION_LIMIT = 500

interface Speech {
  code: (issuer: string) => string
  action: (text: string) => string
  again: string
  validity: (minutes: number) => string
  warning: string
}

const SPEECH: Readonly<Record<Locale, Speech>> = {
  en: {
    code: (issuer) => `Hello. Here is your ${issuer} code.`,
    action: (text) => `It confirms: ${text}.`,
    again: 'Once more:',
    validity: (minutes) => `It is valid for ${minutes} ${minutes === 1 ? 'minute' : 'minutes'}.`,
    warning: 'Do not share it with anyone. Goodbye.',
  },
  fr: {
    code: (issuer) => `Bonjour. Voici votre code ${issuer}.`,
    action: (text) => `Il confirme : ${text}.`,
    again: 'Je répète :',
    validity: (minutes) => `Il est valable ${minutes} ${minutes === 1 ? 'minute' : 'minutes'}.`,
    warning: 'Ne le communiquez à personne. Au revoir.',
  },
}

/**
 * Writes what a call says, as SSML: the code twice, its digits apart.
 * @returns at most 1500 characters, tags included
 */
export function spokenText(message: CodeMessage): string {
  const speech = SPEECH[message.locale]
  const action = escapeSsml(message.action ?? '', ACTION_LIMIT)
  const digits = [...message.code].join(' ')
  const code = `<break time='1s'/><prosody rate='slow'><say-as interpret-as='digits'>${digits}</say-as></prosody>.`
  const sentences = [
    speech.code(escapeSsml(message.issuer, ISSUER_LIMIT)),
    ...(action ? [speech.action(action)] : []),
    code,
    speech.again,
    code,
    `<break time='1s'/>${speech.validity(minutesOf(message))}`,
    speech.warning,
  ]
  return `<speak>${sentences.join(' ')}</speak>`
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
}

/** Escapes before it cuts, by whole characters: half an entity would make the call's SSML unreadable. */
function escapeSsml(text: string, limit: number): string {
  const plain = text.replace(/[\s\p{C}]+/gu, ' ').trim()
  let escaped = ''
  for (const character of plain) {
    const next = ENTITIES[character] ?? character
    if (escaped.length + next.length > limit) break
    escaped += next
  }
  return escaped
}
