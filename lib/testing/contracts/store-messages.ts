import { deepStrictEqual, strictEqual } from 'node:assert/strict'
import type { SentMessage } from '../../ports'
import { newHash, newId, type Play } from './store-scenes'

/** What every store does with the messages that were sent: found by the other side's id, and told of once. */
export function playMessages(play: Play): void {
  play('a message is found by its id, of a session and of an enrolment', async ({ store, userId, slot }) => {
    const sent = [messageOf(userId, slot), messageOf(userId, { ...slot, enrolmentId: newId() })] as const
    const ids = [newId(), newId()] as const
    await store.noteMessage(ids[0], sent[0])
    await store.noteMessage(ids[1], sent[1])
    deepStrictEqual(await store.findMessage(ids[0]), sent[0])
    deepStrictEqual(await store.findMessage(ids[1]), sent[1])
    strictEqual(await store.findMessage(newId()), null)
  })

  play(
    'what is said of a message before it is noted is kept for whoever notes it, once',
    async ({ store, userId, slot }) => {
      const [quick, slow] = [newId(), newId()]
      const receipt = { messageId: quick, status: 'failed', reason: 'unreachable' } as const
      strictEqual(await store.keepReceipt(quick, receipt), true)
      strictEqual(await store.keepReceipt(quick, { ...receipt, status: 'delivered' }), false)
      strictEqual(await store.findMessage(quick), null)
      const message = messageOf(userId, slot)
      deepStrictEqual(await store.noteMessage(quick, message), receipt)
      deepStrictEqual(await store.findMessage(quick), message)
      strictEqual(await store.noteMessage(quick, message), null)
      strictEqual(await store.noteMessage(slow, message), null)
      strictEqual(await store.keepReceipt(slow, receipt), false)
      deepStrictEqual(await store.findMessage(slow), message)
    },
  )

  play('ids and user ids of any shape stay apart', async ({ store, slot }) => {
    const [one, other] = [messageOf('{a}:\0 "', slot), messageOf('é🎵', slot)]
    await store.noteMessage('a:b', one)
    await store.noteMessage('a', other)
    deepStrictEqual(await store.findMessage('a:b'), one)
    deepStrictEqual(await store.findMessage('a'), other)
  })

  play(
    'what is said of a message is marked once, however often and fast it is said',
    async ({ store, userId, slot }) => {
      const id = newId()
      await store.noteMessage(id, messageOf(userId, slot))
      const marks = await Promise.all(Array.from({ length: 20 }, () => store.markReceipt(id, 'delivered')))
      strictEqual(marks.filter(Boolean).length, 1)
      strictEqual(await store.markReceipt(id, 'failed'), true)
      strictEqual(await store.markReceipt(newId(), 'failed'), true)
      strictEqual(await store.markReceipt(id, 'delivered'), false)
    },
  )
}

function messageOf(userId: string, slot: SentMessage['slot']): SentMessage {
  return { userId, slot, challengeId: newId(), method: 'sms', codeHash: newHash(), country: 'FR' }
}
