import type { InvalidParameter } from './problem'
import { type Check, checkFields, type Fields, integer, isRecord, listOf, matching, object, oneOf, text } from './shape'
import { checkSpeech } from './speech'

const NUMBER = matching(/^[1-9][0-9]{6,14}$/, 'must be 7 to 15 digits without + or 00')
const SENDER = matching(
  /^(?:[A-Za-z0-9]{1,11}|[0-9]{1,15})$/,
  'must be up to 11 letters and digits, or up to 15 digits',
)
const LINK = matching(/^https?:\/\/\S+$/, 'must be a URL')

/** POST /v1/messages, channel `sms`. */
const SMS: Fields = {
  channel: { check: oneOf('sms'), required: true },
  message_type: { check: oneOf('text'), required: true },
  to: { check: NUMBER, required: true },
  from: { check: SENDER, required: true },
  text: { check: text(1, 1000), required: true },
  client_ref: { check: text(1, 100) },
  ttl: { check: integer(20, 604_800) },
  webhook_url: { check: LINK },
  webhook_version: { check: oneOf('v0.1', 'v1') },
  sms: {
    check: object({
      encoding_type: { check: oneOf('text', 'unicode', 'auto') },
      content_id: { check: text(1, 255) },
      entity_id: { check: text(1, 255) },
    }),
  },
}

const PHONE: Fields = {
  type: { check: oneOf('phone'), required: true },
  number: { check: NUMBER, required: true },
}

const LANGUAGES = [
  'ar ca-ES cmn-CN cmn-TW cs-CZ cy-GB da-DK de-DE el-GR en-AU en-GB en-GB-WLS en-IN en-US en-ZA es-ES es-MX',
  'es-US eu-ES fi-FI fil-PH fr-CA fr-FR he-IL hi-IN hu-HU id-ID is-IS it-IT ja-JP ko-KR nb-NO nl-NL no-NO pl-PL',
  'pt-BR pt-PT ro-RO ru-RU sk-SK sv-SE th-TH tr-TR uk-UA vi-VN yue-CN',
].flatMap((line) => line.split(' '))

const TALK: Fields = {
  action: { check: oneOf('talk'), required: true },
  text: { check: checkSpeech, required: true },
  bargeIn: { check: oneOf(true, false) },
  loop: { check: integer(0, 100) },
  level: { check: matching(/^-?(?:1|0(?:\.[0-9])?)$/, 'must be a string from -1 to 1') },
  language: { check: oneOf(...LANGUAGES) },
  style: { check: integer(0, 100) },
  premium: { check: oneOf(true, false) },
}

/** POST /v1/calls with an NCCO that talks. */
const CALL: Fields = {
  to: { check: listOf(object({ ...PHONE, dtmfAnswer: { check: text(1, 50) } })), required: true },
  from: { check: object(PHONE) },
  random_from_number: { check: oneOf(true, false) },
  ncco: { check: listOf(object(TALK)), required: true },
  event_url: { check: listOf(LINK) },
  event_method: { check: oneOf('POST', 'GET') },
  machine_detection: { check: oneOf('continue', 'hangup') },
  length_timer: { check: integer(1, 7200) },
  ringing_timer: { check: integer(1, 120) },
}

/** Lists what is wrong with the body of POST /v1/messages. */
export function checkMessage(body: unknown): readonly InvalidParameter[] {
  return checkFields(body, SMS)
}

/** Lists what is wrong with the body of POST /v1/calls. */
export function checkCall(body: unknown): readonly InvalidParameter[] {
  const invalid = checkFields(body, CALL)
  const reason = checkCaller(body)
  return reason ? [...invalid, { name: 'from', reason }] : invalid
}

const checkCaller: Check = (body) => {
  if (!isRecord(body)) return undefined
  if (body.random_from_number !== true) return body.from === undefined ? 'is required' : undefined
  return body.from === undefined ? undefined : 'cannot be used together with random_from_number'
}
