import type { Locale } from '../ports'
import type { Core } from './core'
import { hostOf } from './send'

const LOCALES: readonly Locale[] = ['en', 'fr']

/** Lets every channel look, at start-up, at the longest text that it would be given in each language. */
export function checkTexts({ settings, channels }: Core): void {
  const { issuer, codeDigits, challengeTtlMs, enrolmentTtlMs } = settings
  const expiresInMs = Math.max(challengeTtlMs, enrolmentTtlMs)
  for (const channel of channels.values()) {
    for (const locale of LOCALES) {
      const message = {
        to: '+33600000000',
        country: 'FR',
        code: '0'.repeat(codeDigits),
        reference: 'start-up',
        issuer,
        expiresInMs,
      }
      channel.check?.({ ...message, locale, ...hostOf(settings) })
    }
  }
}
