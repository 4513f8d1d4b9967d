import { brakesFor, lockedUntil, passwordBrake, talliesCleared } from '../../lib/core/throttle'
import { HOUR, openScene } from './scene'

const { settings } = openScene({ lockAuthenticatorFrom: 7, lockUserFrom: 14, firstLockMs: 20_000 }).core
const LOCKS = { firstLockMs: 20_000, longestLockMs: HOUR }

describe('what brakes a guess', () => {
  it('at digits: the authenticator, with a cap for ever, and the user over all of them', () => {
    expect(brakesFor(settings, 'digits')).toEqual([
      { subject: '@authenticator', lockFrom: 7, cap: 100, ...LOCKS },
      { subject: 'user', lockFrom: 14, ...LOCKS },
    ])
  })

  it('at a recovery code: a tally of its own, so that it works while the others are locked', () => {
    expect(brakesFor(settings, 'recovery-code')).toEqual([{ subject: 'recovery-code', lockFrom: 7, ...LOCKS }])
  })

  it('at a password asked again: a tally of its own, which locks no sign-in', () => {
    expect(passwordBrake(settings)).toEqual({ subject: 'password', lockFrom: 7, ...LOCKS })
  })
})

describe('a lock', () => {
  const tallies = { user: { failures: 20, lockedUntil: 1000 } }

  it('holds until its instant, and not at it', () => {
    expect(lockedUntil(tallies, 'user', 999)).toBe(1000)
    expect(lockedUntil(tallies, 'user', 1000)).toBeNull()
  })

  it('is none on what nobody failed at', () => {
    expect(lockedUntil(tallies, 'password', 0)).toBeNull()
  })
})

describe('a right answer', () => {
  it('by digits resets the authenticator and the user; a recovery code says nothing of either', () => {
    expect(talliesCleared('digits', 'phone-1')).toEqual(['phone-1', 'user'])
    expect(talliesCleared('recovery-code', 'phone-1')).toEqual(['recovery-code'])
  })
})
