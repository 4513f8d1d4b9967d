import { noticeSkew } from '../../lib/core/put-challenge'
import { carry, chargesFor } from '../../lib/core/send'
import type { Challenge, Channel, CodeMessage } from '../../lib/ports'
import {
  ADA,
  arrive,
  ask,
  BOB,
  begin,
  enrolPhone,
  heard,
  heldByApp,
  heldByPhone,
  MINUTE,
  openScene,
  type Scene,
  stoppedClock,
} from './scene'

/** A channel that keeps what it was given. */
function listening(): { channel: Channel; messages: CodeMessage[] } {
  const messages: CodeMessage[] = []
  const send: Channel['send'] = async (message) => {
    messages.push(message)
    return { status: 'sent' }
  }
  return { messages, channel: { method: 'sms', send } }
}

describe('a text', () => {
  it('is handed over with all that its channel may need, and the rest of the challenge’s life', async () => {
    const { channel, messages } = listening()
    const scene = openScene({ channels: [channel] })
    const { session } = await heldBy(scene, messages)
    const now = scene.clock.now()
    const challengeId = heard(scene, 'challenge.opened').at(-1)?.challengeId
    expect(messages.at(-1)).toEqual({
      to: '+33612345678',
      country: 'FR',
      code: expect.stringMatching(/^[0-9]{6}$/),
      locale: 'en',
      issuer: 'Acme',
      host: 'acme.example',
      reference: expect.stringMatching(new RegExp(`^${challengeId}\\.[\\w-]{8}$`)),
      expiresInMs: 10 * MINUTE,
      signal: expect.any(AbortSignal),
    })
    scene.clock.advance(4 * MINUTE)
    await ask(scene, session)
    expect(scene.clock.now() - now).toBe(4 * MINUTE)
    expect(messages.at(-1)?.expiresInMs).toBe(6 * MINUTE)
  })

  it('has no origin-bound line where the origin is not https', async () => {
    const { channel, messages } = listening()
    const scene = openScene({ channels: [channel], origin: 'http://localhost' })
    await heldBy(scene, messages)
    expect(messages.at(-1)).not.toHaveProperty('host')
  })

  it('has as many digits as the option says', async () => {
    const { channel, messages } = listening()
    const scene = openScene({ channels: [channel], codeDigits: 8 })
    await heldBy(scene, messages)
    expect(messages.at(-1)?.code).toMatch(/^[0-9]{8}$/)
  })

  it.each([
    [{ status: 'sent', messageId: 'm1' }, { status: 'sent' }, { messageId: 'm1' }],
    [{ status: 'sent' }, { status: 'sent' }, {}],
  ] as const)('that its channel answers with %j was sent', async (result, delivery, told) => {
    const scene = openScene({ channels: [{ method: 'sms', send: async () => result }] })
    expect(await carryOne(scene)).toEqual(delivery)
    expect(heard(scene, 'challenge.sent')).toEqual([
      { userId: ADA.id, challengeId: 'c', method: 'sms', country: 'FR', costUnits: 1, ...told },
    ])
    expect(heard(scene, 'challenge.undelivered')).toEqual([])
  })

  it.each([
    [{ status: 'failed', reason: 'throttled' }, { status: 'failed', reason: 'throttled' }, 'throttled', 0],
    // Perhaps it left, and then it is charged.
    [{ status: 'unknown' }, { status: 'unknown', reason: 'timeout' }, 'timeout', 1],
  ] as const)('that its channel answers with %j is told as that', async (result, delivery, reason, costUnits) => {
    const scene = openScene({ channels: [{ method: 'sms', send: async () => result }] })
    expect(await carryOne(scene)).toEqual(delivery)
    expect(heard(scene, 'challenge.sent')).toEqual([])
    expect(heard(scene, 'challenge.undelivered')).toEqual([
      { userId: ADA.id, challengeId: 'c', method: 'sms', country: 'FR', costUnits, reason },
    ])
  })

  it('for which there is no channel any more fails, for the account', async () => {
    const scene = openScene({ channels: [] })
    expect(await carryOne(scene)).toEqual({ status: 'failed', reason: 'account' })
  })

  it('that its channel never answers is given up, aborted, after the option’s time', async () => {
    let isAborted = false
    const send: Channel['send'] = ({ signal }) => {
      signal.addEventListener('abort', () => {
        isAborted = true
      })
      return new Promise(() => {})
    }
    const scene = openScene({ channels: [{ method: 'sms', send }], sendTimeoutMs: 100 })
    expect(await carryOne(scene)).toEqual({ status: 'unknown', reason: 'timeout' })
    expect(isAborted).toBe(true)
  })
})

describe('a channel', () => {
  it('that throws has said nothing: the text may arrive', async () => {
    const send = () => Promise.reject(new Error('socket hang up'))
    expect(await carryOne(openScene({ channels: [{ method: 'sms', send }] }))).toEqual({
      status: 'unknown',
      reason: 'timeout',
    })
  })

  it('that has answered leaves no timer behind to hold the process', async () => {
    const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length
    const scene = openScene({ channels: [{ method: 'sms', send: async () => ({ status: 'sent' }) }] })
    const before = timers()
    await carryOne(scene)
    expect(timers()).toBe(before)
  })
})

async function heldBy(scene: Scene, messages: CodeMessage[]) {
  const { session } = await arrive(scene)
  const phone = { codeFor: () => messages.at(-1)?.code } as Scene['phone']
  await enrolPhone({ ...scene, phone }, session)
  return arrive(scene)
}

function carryOne({ core }: Scene) {
  const challenge: Challenge = { id: 'c', purpose: 'sign-in', epoch: '', method: 'sms', authenticatorId: 'a' }
  return carry(core, {
    user: ADA,
    slot: { handle: 'h' },
    challenge,
    method: 'sms',
    to: '+33612345678',
    country: 'FR',
    code: '123456',
    locale: 'en',
    expiresInMs: 1,
  })
}

describe('the cost of a text', () => {
  const charges = (scene: Scene, user = ADA, purpose: Challenge['purpose'] = 'sign-in', to = '+33612345678') =>
    chargesFor(scene.core, { user, handle: 'h' }, { purpose } as Challenge, { method: 'sms', to, country: 'FR' })

  it('is charged to the number and to the user, in every budget, by method', () => {
    const scene = openScene()
    const made = charges(scene)
    expect(made.map(({ budget, points, windowMs }) => [budget, points, windowMs])).toEqual([
      ['sms:number', 5, 10 * MINUTE],
      ['sms:user', 5, 10 * MINUTE],
      ['sms:number', 20, 24 * 60 * MINUTE],
      ['sms:user', 20, 24 * 60 * MINUTE],
    ])
    expect(JSON.stringify(made)).not.toMatch(/612345678|user-ada/)
    const call = { method: 'voice', to: '+33612345678', country: 'FR' } as const
    const calls = chargesFor(scene.core, { user: ADA, handle: 'h' }, { purpose: 'sign-in' } as Challenge, call)
    expect(calls.map(({ budget }) => budget).slice(0, 2)).toEqual(['voice:number', 'voice:user'])
  })

  it('is shared by all who have the number, or enrol it, and these are apart', () => {
    const scene = openScene()
    const numberOf = (...wanted: [typeof ADA, Challenge['purpose'], string?]) => charges(scene, ...wanted)[0]?.subject
    expect(numberOf(ADA, 'enrolment')).toBe(numberOf(BOB, 'enrolment'))
    expect(numberOf(ADA, 'enrolment')).not.toBe(numberOf(ADA, 'sign-in'))
    expect(numberOf(ADA, 'sign-in')).toBe(numberOf(ADA, 'step-up'))
    expect(numberOf(ADA, 'sign-in')).toBe(numberOf(BOB, 'sign-in'))
    expect(numberOf(ADA, 'sign-in')).not.toBe(numberOf(ADA, 'sign-in', '+33612345679'))
    expect(charges(scene)[1]?.subject).not.toBe(charges(scene, BOB)[1]?.subject)
    expect(charges(scene)[1]?.subject).not.toBe(charges(scene)[0]?.subject)
  })
})

describe('a text whose challenge cannot be written', () => {
  it('is not sent and costs nothing, whether it would be the first or another', async () => {
    const scene = openScene({ sendBudgets: [{ points: 3, windowMs: MINUTE }] })
    const { session } = await heldByPhone(scene)
    scene.clock.advance(30_000)
    const { putChallenge } = scene.store
    scene.store.putChallenge = () => Promise.reject(new Error('down'))
    for (const _time of [1, 2, 3]) {
      await expect(ask(scene, session, { method: 'sms' })).rejects.toThrow('down')
      await expect(begin(scene, session)).rejects.toThrow('down')
    }
    scene.store.putChallenge = putChallenge
    expect(scene.phone.messages).toHaveLength(2)
    await expect(ask(scene, session, { method: 'sms' })).resolves.toMatchObject({ delivery: { status: 'sent' } })
  })

  it('is an error of one of the two where both fail', async () => {
    const scene = openScene()
    const { session } = await arrive(scene)
    scene.store.spend = () => Promise.reject(new Error('down'))
    scene.store.putChallenge = () => {
      throw new Error('down')
    }
    await expect(begin(scene, session)).rejects.toThrow('down')
    expect(scene.phone.messages).toEqual([])
  })
})

describe('two clocks', () => {
  it.each([
    [5000, []],
    [-5000, []],
    [5001, [{ byMs: 5001 }]],
    [-5001, [{ byMs: -5001 }]],
  ])('%i ms apart', (byMs, told) => {
    const scene = openScene()
    noticeSkew(scene.core, scene.clock.now() - byMs)
    expect(heard(scene, 'clock.skewed')).toEqual(told)
  })

  it('are looked at with each challenge that is put', async () => {
    const clock = stoppedClock()
    const scene = openScene({ clock })
    clock.advance(6000)
    await heldByApp({ ...scene, clock })
    expect(heard(scene, 'clock.skewed')[0]).toEqual({ byMs: 6000 })
  })
})
