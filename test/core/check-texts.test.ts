import { checkTexts } from '../../lib/core/check-texts'
import { TwoFactorError } from '../../lib/errors'
import type { Channel, CodeMessage } from '../../lib/ports'
import { MINUTE, openScene } from './scene'

function watched(seen: Omit<CodeMessage, 'signal'>[]): Channel {
  return { method: 'sms', send: async () => ({ status: 'sent' }), check: (sample) => void seen.push(sample) }
}

describe('the texts of a channel', () => {
  it('are looked at in each language, at their longest', () => {
    const seen: Omit<CodeMessage, 'signal'>[] = []
    const lifetimes = { challengeTtlMs: 5 * MINUTE, enrolmentTtlMs: 10 * MINUTE }
    checkTexts(openScene({ channels: [watched(seen)], codeDigits: 8, ...lifetimes }).core)
    const sample = {
      ...{ to: '+33600000000', country: 'FR', code: '00000000', reference: 'start-up', issuer: 'Acme' },
      ...{ expiresInMs: 10 * MINUTE, host: 'acme.example' },
    }
    expect(seen).toEqual([
      { ...sample, locale: 'en' },
      { ...sample, locale: 'fr' },
    ])
  })

  it('that cannot be sent are an error at start-up', () => {
    const check = () => {
      throw new TwoFactorError('ERR_TFA_CONFIG', { detail: 'too long' })
    }
    const { core } = openScene({ channels: [{ method: 'sms', send: async () => ({ status: 'sent' }), check }] })
    expect(() => checkTexts(core)).toThrow('too long')
  })

  it('are nobody’s business where the channel says nothing of them', () => {
    const { core } = openScene({ channels: [{ method: 'sms', send: async () => ({ status: 'sent' }) }] })
    expect(() => checkTexts(core)).not.toThrow()
  })
})
