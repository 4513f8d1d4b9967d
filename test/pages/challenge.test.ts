import type { PageError } from '../../lib/pages/models'
import { formsTo, pageOf, tagsOf, textOf } from './reading'
import { challengeBy, methods, NOW, unsentChallengeBy } from './samples'

const sent = challengeBy()
const inMs = (ms: number) => new Date(NOW.getTime() + ms)

/** The methods that a page offers to switch to. */
function offered(page: string): string[] {
  return formsTo(page, '/challenge').map(({ fields }) => fields.method ?? '')
}

describe('a challenge by text message', () => {
  const page = pageOf('challenge', { challenge: sent, methods, rememberDays: 30 })

  it('says where the code went, and asks for it in a field made for codes', () => {
    expect(textOf(page)).toContain('We sent a text message to +33 •• •• •• •• 78.')
    const [code] = tagsOf(page, 'input').filter(({ name }) => name === 'code')
    expect(code).toMatchObject({ autocomplete: 'one-time-code', inputmode: 'numeric', autofocus: '', required: '' })
    expect(code).not.toHaveProperty('pattern')
    expect(Number(code?.maxlength)).toBeGreaterThanOrEqual(32)
  })

  it('posts the code and the tick to remember the device', () => {
    expect(formsTo(page, '/challenge/verify').map(({ fields }) => fields)).toEqual([{ code: '', remember: 'on' }])
    expect(textOf(page)).toContain('Remember this device for 30 days')
  })

  it('offers no tick where devices are not remembered', () => {
    expect(pageOf('challenge', { challenge: sent, methods })).not.toContain('remember')
  })

  it('offers a new message at any time, and says from when it can be had', () => {
    expect(formsTo(page, '/challenge/resend')).toHaveLength(1)
    expect(page).not.toContain('disabled')
    expect(textOf(page)).toContain('Possible in 25 seconds.')
    const later = pageOf('challenge', { challenge: { ...sent, resendAt: inMs(-1) }, methods })
    expect(formsTo(later, '/challenge/resend')).toHaveLength(1)
    expect(textOf(later)).not.toContain('Possible in')
  })

  it('offers each other method with what it needs to be opened', () => {
    expect(formsTo(page, '/challenge').map(({ fields }) => fields)).toEqual([
      { method: 'voice', authenticatorId: 'phone-1' },
      { method: 'totp', authenticatorId: 'app-1' },
      { method: 'recovery-code', authenticatorId: 'recovery-code' },
    ])
    expect(page).toContain('<summary>Try another method</summary>')
  })

  it('says the same in French', () => {
    const french = textOf(pageOf('challenge', { challenge: sent, methods, rememberDays: 30 }, 'fr'))
    for (const words of [
      'Validation en deux étapes',
      'Nous avons envoyé un SMS au +33 •• •• •• •• 78.',
      'pendant 30 jours',
    ]) {
      expect(french).toContain(words)
    }
  })

  it('offers the other of two phones by the same method', () => {
    const other = { method: 'sms', authenticatorId: 'phone-2', destination: '+44 •• 11' } as const
    const two = pageOf('challenge', { challenge: sent, methods: [...methods, other] })
    expect(offered(two)).toEqual(['voice', 'totp', 'recovery-code', 'sms'])
    expect(formsTo(two, '/challenge').at(-1)?.fields.authenticatorId).toBe('phone-2')
  })

  it('names both of two apps, though they look alike', () => {
    const apps = ['Pixel', 'iPad'].map((label) => ({ method: 'totp', authenticatorId: label, label }) as const)
    const both = pageOf('challenge', { challenge: unsentChallengeBy('totp'), methods: apps })
    expect(offered(both)).toEqual(['totp', 'totp'])
    expect(textOf(both)).toMatch(/app \(Pixel\).*app \(iPad\)/)
  })
})

describe('attempts left', () => {
  const error: PageError = { code: 'ERR_TFA_COOLDOWN', fields: { retryAfterMs: 1000 } }
  const attemptsIn = (attemptsLeft: number, context = {}) =>
    textOf(pageOf('challenge', { challenge: { ...sent, attemptsLeft }, methods }, 'en', context)).match(
      /attempts? left/g,
    )

  it('are told from two on, and never twice', () => {
    expect(attemptsIn(5)).toBeNull()
    expect(attemptsIn(3)).toBeNull()
    expect(attemptsIn(2)).toHaveLength(1)
    expect(attemptsIn(4, { error })).toBeNull()
    expect(attemptsIn(2, { error })).toHaveLength(1)
    expect(attemptsIn(1, { error: { code: 'ERR_TFA_CODE_INCORRECT', fields: { attemptsLeft: 1 } } })).toHaveLength(1)
  })

  it('used up: no code is asked for, and any method opens anew, the same one too', () => {
    const page = pageOf('challenge', { challenge: { ...sent, attemptsLeft: 0 }, methods })
    expect(textOf(page)).not.toContain('We sent')
    expect(formsTo(page, '/challenge/verify')).toEqual([])
    expect(offered(page)).toEqual(['sms', 'voice', 'totp', 'recovery-code'])
  })
})

describe('delivery', () => {
  const pageWith = (delivery: typeof sent.delivery) =>
    pageOf('challenge', { challenge: challengeBy({ ...(delivery && { delivery }) }), methods })

  it('failed: says why, and offers the other methods before the field', () => {
    const page = pageWith({ status: 'failed', reason: 'unreachable' })
    expect(textOf(page)).toContain(
      'The code for +33 •• •• •• •• 78 could not be sent. The number could not be reached.',
    )
    expect(page.indexOf('value="voice"')).toBeLessThan(page.indexOf('name="code"'))
    expect(textOf(page)).toContain('If a code comes after all, enter it here.')
    expect(offered(page)).toEqual(['voice', 'totp', 'recovery-code'])
  })

  it.each(['rejected', 'throttled', 'account', 'budget'] as const)(
    'failed for good (%s): says so, asks for no code, and offers every method',
    (reason) => {
      const page = pageWith({ status: 'failed', reason })
      expect(textOf(page)).toContain('The code for +33 •• •• •• •• 78 could not be sent.')
      expect(formsTo(page, '/challenge/verify')).toEqual([])
      expect(offered(page)).toEqual(['sms', 'voice', 'totp', 'recovery-code'])
    },
  )

  it('failed, where the error says why: says it once', () => {
    const challenge = challengeBy({ delivery: { status: 'failed', reason: 'budget' } })
    const error: PageError = { code: 'ERR_TFA_BUDGET_EXHAUSTED', fields: {} }
    expect(textOf(pageOf('challenge', { challenge, methods }, 'en', { error }))).not.toContain('could not be sent')
  })

  it('unknown: says that the code may still come', () => {
    expect(textOf(pageWith({ status: 'unknown' }))).toContain('may take a while')
  })

  it('delivered: says so', () => {
    expect(textOf(pageWith({ status: 'delivered' }))).toContain('The text message to +33 •• •• •• •• 78 has arrived.')
    const call = challengeBy({ method: 'voice', delivery: { status: 'delivered' } })
    expect(textOf(pageOf('challenge', { challenge: call, methods }))).toContain(
      'The call to +33 •• •• •• •• 78 was answered.',
    )
  })

  it('may still change: says to the script where it learns of it, and of what', () => {
    const [status] = tagsOf(pageOf('challenge', { challenge: sent, methods, isLive: true }), 'div')
    expect(status).toMatchObject({ id: 'delivery', role: 'status', 'data-of': 'challenge-1 sms' })
    expect(status?.['data-live']).toBe('/two-factor/challenge')
    expect(pageOf('challenge', { challenge: sent, methods })).not.toContain('data-live')
  })

  it('never tried: claims nothing, asks for no code, and offers every method', () => {
    const { delivery: _delivery, resendAt: _resendAt, ...unsent } = sent
    const page = pageOf('challenge', { challenge: unsent, methods })
    expect(textOf(page)).not.toContain('We sent')
    expect(formsTo(page, '/challenge/verify')).toEqual([])
    expect(offered(page)).toEqual(['sms', 'voice', 'totp', 'recovery-code'])
  })
})

describe('a challenge that needs no message', () => {
  it('by an app: asks for what the app shows, and has nothing to send again', () => {
    const page = pageOf('challenge', { challenge: unsentChallengeBy('totp'), methods })
    expect(textOf(page)).toContain('Enter the code your authenticator app shows now.')
    expect(formsTo(page, '/challenge/resend')).toEqual([])
    expect(offered(page)).toEqual(['sms', 'voice', 'recovery-code'])
  })

  it('by a recovery code: takes letters, and says what one looks like', () => {
    const page = pageOf('challenge', { challenge: unsentChallengeBy('recovery-code'), methods })
    expect(tagsOf(page, 'input').find(({ name }) => name === 'code')).toMatchObject({ inputmode: 'text' })
    expect(textOf(page)).toContain('16 letters and digits')
  })
})

describe('a step-up', () => {
  it('says what the code confirms', () => {
    const challenge = challengeBy({ purpose: 'step-up', action: 'Pay 500 EUR to Ada' })
    const text = textOf(pageOf('challenge', { challenge, methods }))
    expect(text).toContain('Confirm that it’s you')
    expect(text).toMatch(/You are confirming: *Pay 500 EUR to Ada/)
  })

  it('not opened yet: shows the action, and a button for each method', () => {
    const page = pageOf('challenge', { methods, action: 'Pay 500 EUR to Ada' }, 'fr')
    expect(textOf(page)).toContain('Pay 500 EUR to Ada')
    expect(textOf(page)).toMatch(
      /Envoyer un SMS au \+33 •• •• •• •• 78.*Appeler le.*Utiliser mon application.*code de secours/,
    )
    expect(offered(page)).toEqual(['sms', 'voice', 'totp', 'recovery-code'])
    expect(formsTo(page, '/challenge/verify')).toEqual([])
  })
})

describe('a locked user', () => {
  const [, , , recovery] = methods
  const locked = { methods: recovery ? [recovery] : [], lockedUntil: inMs(240_000) }

  it('is told for how long, and what still works, instead of a field that could not be right', () => {
    const page = pageOf('challenge', { ...locked, challenge: sent })
    expect(textOf(page)).toContain('Codes work again in 4 minutes.')
    expect(formsTo(page, '/challenge/verify')).toEqual([])
    expect(offered(page)).toEqual(['recovery-code'])
    expect(formsTo(page, '/sign-out')).toHaveLength(1)
  })

  it('can still answer with a recovery code', () => {
    const page = pageOf('challenge', { ...locked, challenge: unsentChallengeBy('recovery-code') })
    expect(formsTo(page, '/challenge/verify')).toHaveLength(1)
  })

  it('is asked for the code as before once the lock is over', () => {
    const page = pageOf('challenge', { challenge: sent, methods, lockedUntil: NOW })
    expect(formsTo(page, '/challenge/verify')).toHaveLength(1)
  })

  it('in one method only is told so, and answers by another', () => {
    const page = pageOf('challenge', { challenge: unsentChallengeBy('totp'), methods: locked.methods })
    expect(textOf(page)).toContain('too many wrong codes with this method')
    expect(formsTo(page, '/challenge/verify')).toEqual([])
    expect(offered(page)).toEqual(['recovery-code'])
  })

  it('with no method at all is told so, and can sign out', () => {
    const page = pageOf('challenge', { methods: [] })
    expect(textOf(page)).toContain('No method works at the moment.')
    expect(formsTo(page, '/sign-out')).toHaveLength(1)
  })
})
