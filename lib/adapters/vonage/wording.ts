import { countParts, cutToFit, isGsm7, outsideGsm7, toGsm7Line, toLine } from './gsm7'
import { hashLine, isWithin, LEAST_ACTION, MOST_RETRIEVER_BYTES, minutesOf, originLine, type Wording } from './lines'
import { MOST_PARTS, type TextSettings } from './templates'
import { smsText } from './text'
import { wrong } from './wrong'

/**
 * Writes the text message of a code in the app's words, else in the package's, with the lines that phones and browsers read.
 * @param message - issuer and action may hold any text: it is brought into GSM-7, unless the app's words are outside of it
 * already, and an action is cut rather than sent as a part of its own
 * @returns at most `maxParts` parts
 */
export function writeText(message: Wording, settings: TextSettings): string {
  const { code, action: withAction = '' } = settings.texts[message.locale] ?? {}
  const action = valueIn(withAction, message.action ?? '')
  const template = action ? withAction : code
  const write = (text: string) => fill(template ?? '', { ...message, action: text }, settings)
  for (let parts = 1; template && parts <= settings.maxParts; parts += 1) {
    const least = parts < settings.maxParts ? LEAST_ACTION : 0
    const cut = cutToFit(action, least, (text) => isWithin(write(text), parts, settings))
    if (cut !== undefined) return write(cut)
  }
  // No words of the app's for this, or longer ones than at start-up, when `checkTexts` looked at them.
  return smsText(message, settings)
}

function fill(template: string, message: Wording, settings: TextSettings): string {
  const values: Readonly<Record<string, string>> = {
    code: message.code,
    issuer: valueIn(template, message.issuer),
    minutes: String(minutesOf(message)),
    action: message.action ?? '',
  }
  const words = template.replace(/\{(\w+)\}/g, (_, name: string) => values[name] ?? '')
  return words.replace(/ {2,}/g, ' ').trim() + hashLine(settings) + originLine(message)
}

/** The words decide the alphabet: no value may make a text dear that is not so already. */
function valueIn(template: string, value: string): string {
  return isGsm7(template) ? toGsm7Line(value) : toLine(value)
}

/**
 * Checks that texts like this one fit the parts they may have.
 * @throws {@link TwoFactorError} `ERR_TFA_CONFIG` with the parts that would be charged, and what makes them so many
 */
export function checkTexts(sample: Wording, settings: TextSettings): void {
  for (const [kind, template] of Object.entries(settings.texts[sample.locale] ?? {})) {
    const text = fill(template, { ...sample, action: 'x'.repeat(LEAST_ACTION) }, settings)
    if (!isWithin(text, settings.maxParts, settings))
      throw wrong(`texts.${sample.locale}.${kind}`, describeLength(text, outsideGsm7(template), settings))
  }
}

function describeLength(text: string, outside: readonly string[], { androidAppHash }: TextSettings): string {
  const parts = countParts(text)
  const isAllowable = parts <= MOST_PARTS && !androidAppHash
  return [
    `with its last lines it makes ${parts} part${parts === 1 ? '' : 's'}, and each is charged as a text`,
    ...(outside.length > 0 ? [`because of ${outside.join(' ')} a part holds 70 characters instead of 160`] : []),
    ...(androidAppHash
      ? [`it has ${Buffer.byteLength(text)} bytes, and androidAppHash allows 1 part of ${MOST_RETRIEVER_BYTES}`]
      : []),
    `shorten it${isAllowable ? `, or allow maxParts: ${parts}` : ''}`,
  ].join('; ')
}
