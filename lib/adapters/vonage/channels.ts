import type { Channel, CodeMessage, Locale, ReceiptReader } from '../../ports'
import { deliver } from './deliver'
import { countParts } from './gsm7'
import {
  readVonageOptions,
  type SenderTable,
  type VonageOptions,
  type VonageSettings,
  type VonageVoiceOptions,
} from './options'
import { openMessages, openVoice } from './sdk'
import { spokenText } from './speech'
import { callReceipts, messageReceipts } from './webhooks'
import { checkTexts, writeText } from './wording'

const LEAST_TTL_SECONDS = 20
const LONGEST_TTL_SECONDS = 604_800
const LONGEST_REFERENCE = 100
const RINGING_SECONDS = 30
const CALL_SECONDS = 60

/**
 * Sends codes as text messages through Vonage's Messages API.
 * @throws {@link TwoFactorError} `ERR_TFA_CONFIG` for a wrong option, or when the SDK is not installed
 */
export function vonageSms(options: VonageOptions): Channel {
  const settings = readVonageOptions(options, 'sms')
  const client = openMessages(settings)
  return {
    method: 'sms',
    ...withReceipts(messageReceipts(settings)),
    check: (sample) => checkTexts(sample, settings),
    async send(message) {
      const text = writeText(message, settings)
      const result = await deliver(async () => (await client.send(smsRequest(message, text, settings))).messageUUID, {
        signal: message.signal,
        timeoutMs: settings.timeoutMs,
      })
      return result.status === 'sent' ? { ...result, parts: countParts(text) } : result
    },
  }
}

/**
 * Reads codes out in calls through Vonage's Voice API.
 * @throws {@link TwoFactorError} `ERR_TFA_CONFIG` for a wrong option, or when the SDK is not installed
 */
export function vonageVoice(options: VonageVoiceOptions): Channel {
  const settings = readVonageOptions(options, 'voice')
  const client = openVoice(settings)
  return {
    method: 'voice',
    ...withReceipts(callReceipts(settings)),
    send: (message) =>
      deliver(async () => (await client.createOutboundCall(callRequest(message, settings))).uuid, {
        signal: message.signal,
        timeoutMs: settings.timeoutMs,
      }),
  }
}

function withReceipts(receipts: ReceiptReader | undefined): Pick<Channel, 'receipts'> {
  return receipts ? { receipts } : {}
}

function smsRequest(message: CodeMessage, text: string, { from }: VonageSettings): Readonly<Record<string, unknown>> {
  const ttlSeconds = Math.ceil(message.expiresInMs / 1000)
  return {
    channel: 'sms',
    messageType: 'text',
    to: bareNumber(message.to),
    from: senderFor(from, message),
    text,
    clientRef: message.reference.slice(0, LONGEST_REFERENCE),
    // A code delivered after it expired only confuses.
    ttl: Math.min(Math.max(ttlSeconds, LEAST_TTL_SECONDS), LONGEST_TTL_SECONDS),
    sms: { encodingType: 'auto' },
  }
}

function callRequest(message: CodeMessage, { voiceFrom }: VonageSettings): Readonly<Record<string, unknown>> {
  const number = senderFor(voiceFrom, message)
  return {
    to: [{ type: 'phone', number: bareNumber(message.to) }],
    ...(number ? { from: { type: 'phone', number } } : { randomFromNumber: true }),
    ncco: [{ action: 'talk', language: languageOf(message), text: spokenText(message) }],
    // Whoever plays the voicemail back later is not who asked for the code.
    machineDetection: 'hangup',
    ringingTimer: RINGING_SECONDS,
    lengthTimer: CALL_SECONDS,
  }
}

function senderFor(senders: SenderTable, { country }: CodeMessage): string | undefined {
  return Object.hasOwn(senders, country) ? senders[country] : senders['*']
}

function bareNumber(e164: string): string {
  return e164.replace(/^\+/, '')
}

function languageOf({ locale, to }: CodeMessage): string {
  const voices: Readonly<Record<Locale, string>> = { fr: 'fr-FR', en: to.startsWith('+1') ? 'en-US' : 'en-GB' }
  return voices[locale]
}
