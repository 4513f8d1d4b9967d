import { takeReceipt } from '../../lib/core/receipt'
import { createSendingCalls } from '../../lib/core/sending'
import type { Channel, Receipt } from '../../lib/ports'
import { virtualPhone } from '../../lib/testing/virtual-phone'
import { ADA, arrive, ask, enrolPhone, HOUR, heard, look, openScene, refusalOf, type Scene } from './scene'

interface Told extends Scene {
  /** What the other side says of the newest message, or of another. */
  tell(words: Partial<Receipt>): Promise<void>
  delivery(): Promise<unknown>
  resend(): ReturnType<typeof ask>
}

/** Ada has a phone, has signed in, and was sent a text by a channel whose other side tells what becomes of it. */
async function openTold(): Promise<Told> {
  const phone = virtualPhone()
  const [sms] = phone.channels
  let sent = 0
  const send: Channel['send'] = async (message) => {
    await sms.send(message)
    sent += 1
    return { status: 'sent', messageId: `m-${sent}` }
  }
  const scene = openScene({ channels: [{ method: 'sms', send, receipts: { path: 'own', read: () => null } }] })
  await enrolPhone({ ...scene, phone })
  const { session } = await arrive(scene)
  return {
    ...scene,
    tell: (words) => takeReceipt(scene.core, { messageId: `m-${sent}`, status: 'delivered', ...words }),
    delivery: async () => (await look(scene, session)).state.challenge?.delivery,
    resend: () => ask(scene, session, { method: 'sms' }),
  }
}

const about = { userId: ADA.id, challengeId: expect.any(String), method: 'sms', country: 'FR' }

describe('what the other side says of a message', () => {
  it('is noted on its challenge, told by event and counted, each once', async () => {
    const scene = await openTold()
    for (const _time of [1, 2]) await scene.tell({ status: 'delivered' })
    expect(await scene.delivery()).toEqual({ status: 'delivered' })
    expect(heard(scene, 'challenge.delivered')).toEqual([{ ...about, messageId: 'm-2' }])
    expect(heard(scene, 'challenge.undelivered')).toEqual([])
    const since = new Date(scene.clock.now() - HOUR)
    expect(await createSendingCalls(scene.core).report(since)).toMatchObject([{ sent: 2, delivered: 1, failed: 0 }])
  })

  it.each([
    [{ reason: 'rejected' as const }, { status: 'failed', reason: 'rejected' }, 'rejected'],
    [{}, { status: 'failed' }, 'unreachable'],
  ])('that it failed (%j), is noted with its reason, and costs nothing more', async (why, delivery, reason) => {
    const scene = await openTold()
    await scene.tell({ status: 'failed', ...why })
    expect(await scene.delivery()).toEqual(delivery)
    expect(heard(scene, 'challenge.undelivered')).toEqual([{ ...about, costUnits: 0, reason }])
    expect(heard(scene, 'challenge.delivered')).toEqual([])
    const since = new Date(scene.clock.now() - HOUR)
    expect(await createSendingCalls(scene.core).report(since)).toMatchObject([{ delivered: 0, failed: 1 }])
    await expect(scene.resend()).resolves.toMatchObject({ delivery: { status: 'sent' } })
  })

  it('that it failed after it had arrived is believed, and then stays', async () => {
    const scene = await openTold()
    await scene.tell({ status: 'delivered' })
    await scene.tell({ status: 'failed', reason: 'unreachable' })
    expect(await scene.delivery()).toEqual({ status: 'failed', reason: 'unreachable' })
    await scene.tell({ messageId: 'm-2', status: 'delivered' })
    expect(await scene.delivery()).toEqual({ status: 'failed', reason: 'unreachable' })
  })

  it('that it failed, once it had failed, keeps the first reason', async () => {
    const scene = await openTold()
    await scene.tell({ status: 'failed', reason: 'unreachable' })
    await scene.tell({ status: 'failed', reason: 'rejected' })
    expect(await scene.delivery()).toEqual({ status: 'failed', reason: 'unreachable' })
  })

  it('that it arrived, once more, writes nothing', async () => {
    const scene = await openTold()
    await scene.tell({ status: 'delivered' })
    scene.store.noteDelivery = () => Promise.reject(new Error('written'))
    await expect(scene.tell({ status: 'delivered' })).resolves.toBeUndefined()
  })

  it('is no news of the message after it, nor of a challenge that was answered', async () => {
    const scene = await openTold()
    scene.clock.advance(30_000)
    await scene.resend()
    await scene.tell({ messageId: 'm-2', status: 'failed' })
    expect(await scene.delivery()).toEqual({ status: 'sent' })
    await scene.tell({ messageId: 'm-1', status: 'failed' })
    expect(await scene.delivery()).toEqual({ status: 'sent' })
    expect(heard(scene, 'challenge.undelivered')).toHaveLength(2)
  })

  it('of a message that nobody sent says nothing', async () => {
    const scene = await openTold()
    await scene.tell({ messageId: 'another app’s' })
    await scene.tell({ messageId: 'another app’s', reference: 'theirs' })
    expect(await scene.delivery()).toEqual({ status: 'sent' })
    expect(heard(scene, 'challenge.delivered')).toEqual([])
  })

  it('is to be said again when it could not be noted', async () => {
    const scene = await openTold()
    const { noteDelivery } = scene.store
    scene.store.noteDelivery = () => Promise.reject(new Error('down'))
    await expect(scene.tell({ status: 'delivered' })).rejects.toThrow('down')
    scene.store.noteDelivery = noteDelivery
    await scene.tell({ status: 'delivered' })
    expect(await scene.delivery()).toEqual({ status: 'delivered' })
    expect(heard(scene, 'challenge.delivered')).toHaveLength(1)
  })

  it('that it arrived is no leave to send another at once', async () => {
    const scene = await openTold()
    await scene.tell({ status: 'delivered' })
    expect(await refusalOf(scene.resend())).toMatchObject({ code: 'ERR_TFA_COOLDOWN' })
  })
})
