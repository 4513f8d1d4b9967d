import { chargesFor } from '../../lib/core/send'
import type { BudgetScope } from '../../lib/options'
import type { Challenge, Channel } from '../../lib/ports'
import { virtualPhone } from '../../lib/testing/virtual-phone'
import { ADA, arrive, BOB, begin, MINUTE, openScene, type Scene } from './scene'

const TEXT = { method: 'sms', to: '+33612345678', country: 'FR' } as const
const SCOPES: readonly BudgetScope[] = ['number', 'user', 'address', 'country', 'all']

interface Wanted {
  user?: typeof ADA
  address?: string
  purpose?: Challenge['purpose']
  country?: string
}

/** The budgets a text is charged to, each as `name subject`, where every scope has one. */
function chargedTo({ core }: Scene, wanted: Wanted = {}): Readonly<Record<string, string>> {
  const { user = ADA, address, purpose = 'sign-in', country = 'FR' } = wanted
  const session = address === undefined ? { user, handle: 'h' } : { user, handle: 'h', address }
  const charges = chargesFor(core, session, { purpose } as Challenge, { ...TEXT, country })
  return Object.fromEntries(charges.map(({ budget, subject }) => [budget, subject]))
}

describe('the budgets of every scope', () => {
  const scene = openScene({ sendBudgets: SCOPES.map((per) => ({ per, points: 7, windowMs: MINUTE })) })
  const ofAda = chargedTo(scene, { address: '192.0.2.1' })

  it('are each charged once, to a hash that says nothing of number, user or address', () => {
    expect(Object.keys(ofAda)).toEqual(['sms:number', 'sms:user', 'sms:address', 'sms:country', 'sms:all'])
    expect(new Set(Object.values(ofAda)).size).toBe(5)
    expect(JSON.stringify(ofAda)).not.toMatch(/612345678|user-ada|192\.0\.2\.1/)
    const [charge] = chargesFor(scene.core, { user: ADA, handle: 'h' }, { purpose: 'sign-in' } as Challenge, TEXT)
    expect(charge).toMatchObject({ points: 7, windowMs: MINUTE })
  })

  it('of an address are charged where there is one, and of IPv6 by its network', () => {
    expect(chargedTo(scene)).not.toHaveProperty('sms:address')
    const of = (address: string) => chargedTo(scene, { address })['sms:address']
    expect(of('2001:db8::1')).toBe(of('2001:db8::ffff'))
    expect(of('192.0.2.1')).not.toBe(of('192.0.2.2'))
  })

  it('of a number, a country and in all are everybody’s', () => {
    const ofBob = chargedTo(scene, { user: BOB, address: '192.0.2.9' })
    for (const wide of ['sms:number', 'sms:country', 'sms:all']) expect(ofBob[wide]).toBe(ofAda[wide])
    for (const own of ['sms:user', 'sms:address']) expect(ofBob[own]).not.toBe(ofAda[own])
    const abroad = chargedTo(scene, { country: 'BE' })
    expect([abroad['sms:country'] === ofAda['sms:country'], abroad['sms:all'] === ofAda['sms:all']]).toEqual([
      false,
      true,
    ])
  })

  it('of enrolments are apart from those of numbers that are confirmed, except the user’s', () => {
    const enrolling = chargedTo(scene, { purpose: 'enrolment', address: '192.0.2.1' })
    const shared = Object.keys(ofAda).filter((budget) => enrolling[budget] === ofAda[budget])
    expect(shared).toEqual(['sms:user'])
    const stepUp = chargedTo(scene, { purpose: 'step-up', address: '192.0.2.1' })
    expect(stepUp).toEqual(ofAda)
  })
})

describe('a message that was sent', () => {
  /** Texts whose other side tells what becomes of them, or not. */
  function texts(words: Partial<Channel>): Channel {
    const [sms] = virtualPhone().channels
    return { method: 'sms', send: async (message) => ({ ...(await sms.send(message)), messageId: 'm-1' }), ...words }
  }
  const receipts = { path: 'own', read: () => null }

  /** Ada has begun to enrol a phone by such a channel. */
  async function sentIn(channel: Channel): Promise<Scene> {
    const scene = openScene({ channels: [channel] })
    await begin(scene, (await arrive(scene)).session)
    return scene
  }

  it('is kept by its id, where its channel is told of it', async () => {
    const { store } = await sentIn(texts({ receipts }))
    expect(await store.findMessage('m-1')).toMatchObject({
      userId: ADA.id,
      slot: { handle: expect.any(String), enrolmentId: expect.any(String) },
      challengeId: expect.any(String),
      method: 'sms',
      codeHash: expect.any(String),
    })
  })

  it('is kept nowhere where nobody will tell', async () => {
    expect(await (await sentIn(texts({}))).store.findMessage('m-1')).toBeNull()
  })

  it('is no less sent when it cannot be kept', async () => {
    const scene = openScene({ channels: [texts({ receipts })] })
    scene.store.noteMessage = () => Promise.reject(new Error('down'))
    const { stored } = await begin(scene, (await arrive(scene)).session)
    expect(stored.delivery).toEqual({ status: 'sent' })
    expect(scene.told.map(([name]) => name)).toContain('challenge.sent')
  })
})
