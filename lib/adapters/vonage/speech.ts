import type { CodeMessage, Locale } from '../../ports'
import { toLine } from './gsm7'
import { minutesOf } from './lines'

/** With these, a call is over within its 60 seconds even when it is spoken slowly. */
const ISSUER_LIMIT = 60
const ACTION_LIMIT = 180

interface Speech {
  greeting: string
  code: (issuer: string) => string
  action: (text: string) => string
  again: string
  validity: (minutes: number) => string
  warning: string
}

const SPEECH: Readonly<Record<Locale, Speech>> = {
  en: {
    greeting: 'Hello. This is an automatic call.',
    code: (issuer) => `Here is your ${issuer} code.`,
    action: (text) => `It confirms: ${text}.`,
    again: 'Once more:',
    validity: (minutes) => `It is valid for ${minutes} ${minutes === 1 ? 'minute' : 'minutes'}.`,
    warning: 'Do not share it with anyone. Goodbye.',
  },
  fr: {
    greeting: 'Bonjour. Ceci est un appel automatique.',
    code: (issuer) => `Voici votre code ${issuer}.`,
    action: (text) => `Il confirme : ${text}.`,
    again: 'Je répète :',
    validity: (minutes) => `Il est valable ${minutes} ${minutes === 1 ? 'minute' : 'minutes'}.`,
    warning: 'Ne le communiquez à personne. Au revoir.',
  },
}

/**
 * Vonage listens to who answers, and needs some seconds to tell a machine, on which it hangs up. A code said meanwhile would
 * be on somebody's voicemail. With the greeting, this pause, and the one before the code, no digit comes in the first 4 s,
 * however fast the voice.
 */
const WHILE_LISTENING = "<break time='2s'/>"

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
    speech.greeting,
    WHILE_LISTENING,
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
  let escaped = ''
  for (const character of toLine(text)) {
    const next = ENTITIES[character] ?? character
    if (escaped.length + next.length > limit) break
    escaped += next
  }
  return escaped
}
