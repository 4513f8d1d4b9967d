import { assess, requirementFor } from '../../lib/core/policy'
import type { Requirement } from '../../lib/options'
import type { Grant } from '../../lib/ports'
import { ADA, openScene, refusalOf } from './scene'

const DAY = 24 * 60 * 60_000
const NOW = Date.UTC(2026, 10, 22)
const OPTIONAL: Requirement = { requirement: 'optional' }
const REQUIRED: Requirement = { requirement: 'required', enforceFrom: new Date(NOW - 10 * DAY), graceMs: 28 * DAY }

const grant = (facts: Partial<Grant> = {}): Grant => ({
  assurance: 'password',
  methods: [],
  issuedAt: NOW,
  expiresAt: NOW + DAY,
  hasFactor: false,
  ...facts,
})

describe('who passes', () => {
  it.each([
    ['optional, no factor', grant(), OPTIONAL, 'passed'],
    ['optional, a factor, password only', grant({ hasFactor: true }), OPTIONAL, 'held'],
    ['a factor, second factor given', grant({ hasFactor: true, assurance: 'second-factor' }), OPTIONAL, 'passed'],
    ['a factor, remembered device', grant({ hasFactor: true, assurance: 'remembered-device' }), REQUIRED, 'passed'],
    ['required, no factor', grant({ firstPromptAt: NOW }), REQUIRED, 'prompted'],
    ['required, postponed in this session', grant({ firstPromptAt: NOW, postponed: true }), REQUIRED, 'passed'],
    [
      'required, postponed, grace over',
      grant({ firstPromptAt: NOW - 28 * DAY, postponed: true }),
      REQUIRED,
      'prompted',
    ],
    ['required later', grant(), { ...REQUIRED, enforceFrom: new Date(NOW + 1) }, 'passed'],
    ['required from this very moment', grant(), { ...REQUIRED, enforceFrom: new Date(NOW) }, 'prompted'],
  ] as const)('%s', (_state, held, requirement, standing) => {
    expect(assess(held, requirement, NOW).standing).toBe(standing)
  })
})

describe('the grace period', () => {
  it("is counted from the user's own first prompt, not from the date", () => {
    const { requirement } = assess(grant({ firstPromptAt: NOW - 3 * DAY }), REQUIRED, NOW)
    expect(requirement).toEqual({
      mode: 'required',
      deadline: new Date(NOW + 25 * DAY),
      daysLeft: 25,
      postponable: true,
    })
  })

  it('has one day left until its last millisecond, and then none', () => {
    const firstPromptAt = NOW - 28 * DAY + 1
    expect(assess(grant({ firstPromptAt }), REQUIRED, NOW).requirement).toMatchObject({
      daysLeft: 1,
      postponable: true,
    })
    expect(assess(grant({ firstPromptAt }), REQUIRED, NOW + 1).requirement).toMatchObject({
      daysLeft: 0,
      postponable: false,
    })
  })

  it('is none where the policy names none', () => {
    expect(assess(grant({ firstPromptAt: NOW }), { requirement: 'required' }, NOW).requirement.postponable).toBe(false)
  })
})

describe('an extension by support', () => {
  it('moves the deadline where it is later, and never brings it forward', () => {
    const firstPromptAt = NOW - 28 * DAY
    const extended = assess(grant({ firstPromptAt, graceUntil: NOW + 2 * DAY }), REQUIRED, NOW).requirement
    expect(extended).toMatchObject({ daysLeft: 2, postponable: true })
    const earlier = assess(grant({ firstPromptAt: NOW, graceUntil: NOW + 2 * DAY }), REQUIRED, NOW).requirement
    expect(earlier).toMatchObject({ daysLeft: 28 })
  })
})

describe('a policy of the app’s own', () => {
  it('is asked with the user, the factor, the first prompt and the time, and its word counts', async () => {
    const asked: unknown[] = []
    const scene = openScene({
      policy: async (context) => {
        asked.push(context)
        return REQUIRED
      },
    })
    const now = new Date(scene.clock.now())
    expect(await requirementFor(scene.core.settings, ADA, { hasFactor: true })).toEqual(REQUIRED)
    await requirementFor(scene.core.settings, ADA, { hasFactor: false, firstPromptAt: NOW })
    expect(asked).toStrictEqual([
      { user: ADA, hasFactor: true, now },
      { user: ADA, hasFactor: false, now, firstPromptAt: new Date(NOW) },
    ])
  })

  it('that answers with no requirement is a mistake in the set-up, not an open door', async () => {
    for (const answer of [undefined, null, {}, { requirement: 'maybe' }]) {
      const { core } = openScene({ policy: () => answer as never })
      const refused = await refusalOf(requirementFor(core.settings, ADA, { hasFactor: false }))
      expect(refused).toMatchObject({ code: 'ERR_TFA_CONFIG' })
    }
  })
})
