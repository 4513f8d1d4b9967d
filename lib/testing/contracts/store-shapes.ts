import { deepStrictEqual, strictEqual } from 'node:assert/strict'
import { brakeOf, deviceOf, newHash, newId, openChallenge, type Play, signIn } from './store-scenes'

/** User ids are the app's: any text at all, and each names one user. */
const USER_IDS: Readonly<Record<string, string>> = {
  'a colon': 'x:y',
  'a star': '*',
  'an opening brace': '{',
  'a closing brace': '}',
  'braces turned round': '}{',
  'empty braces': '{}',
  'a NUL': 'a\0b',
  CRLF: 'a\r\nDEL x\r\n',
  'an emoji': '👩🏽‍🎤',
  'a field of ours': 'epoch',
  'the name of a property': '__proto__',
  '10 kB': 'u'.repeat(10_240),
}

/** What every store does with user ids of any shape. */
export function playShapes(play: Play): void {
  for (const [name, shape] of Object.entries(USER_IDS)) {
    play(`a user id with ${name} goes through a whole sign-in`, async (scene) => {
      const { store, slot } = scene
      const userId = `${shape}${newId()}`
      const challenge = await openChallenge({ ...scene, userId })
      strictEqual((await store.takeAttempt(userId, slot, [brakeOf()])).outcome, 'taken')
      const device = deviceOf(scene)
      strictEqual(await store.consumeChallenge(userId, { slot, challenge, clear: ['user'], device }), 'consumed')
      const recognise = { id: device.id, hashes: [device.tokenHash], nextHash: newHash(), overlapMs: 1000 }
      strictEqual((await store.recogniseDevice(userId, recognise)).outcome, 'recognised')
      strictEqual(await store.revoke(userId, { epoch: newId(), devices: 'end' }), 'revoked')
    })
  }

  play('users whose ids look alike share nothing', async (scene) => {
    const { store, handle } = scene
    const base = newId()
    const ids = [base, `${base} `, `{${base}}`, base.toUpperCase(), `${base}\0`, `${base}:grants`]
    const own = await signIn({ ...scene, userId: base })
    const found = await Promise.all(ids.map((id) => store.readGrant(id, handle)))
    deepStrictEqual(found, [own, null, null, base === base.toUpperCase() ? own : null, null, null])
  })

  play('tallies may be named after a property of every object', async ({ store, userId, slot }) => {
    for (const subject of ['__proto__', 'constructor', 'toString'])
      await store.countAttempt(userId, brakeOf({ subject }))
    const { tallies } = await store.readSession(userId, slot)
    deepStrictEqual(Object.keys(tallies).sort(), ['__proto__', 'constructor', 'toString'])
  })

  play('a store that is set up well has nothing to say', async ({ store }) => {
    deepStrictEqual(await store.inspect(), [])
  })
}
