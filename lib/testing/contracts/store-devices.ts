import { deepStrictEqual, strictEqual } from 'node:assert/strict'
import type { Device, RecogniseDevice } from '../../ports'
import { assertAbout, DAY_MS, deviceOf, newHash, newId, openChallenge, type Play, type Scene } from './store-scenes'

const OVERLAP_MS = 60_000

/** What every store does with remembered devices: recognised and rotated, listed, forgotten. */
export function playDevices(play: Play): void {
  playRotation(play)
  playEndings(play)
  playLists(play)
}

/** Answers a challenge, and remembers a device with it. */
async function remember(scene: Scene, words: Partial<Device> = {}): Promise<Device> {
  const { store, userId, slot } = scene
  const device = deviceOf(scene, words)
  const challenge = await openChallenge(scene)
  strictEqual(await store.consumeChallenge(userId, { slot, challenge, clear: [], device }), 'consumed')
  return device
}

function present(id: string, ...hashes: readonly string[]): RecogniseDevice {
  return { id, hashes, nextHash: newHash(), overlapMs: OVERLAP_MS }
}

function playRotation(play: Play): void {
  play('a device is recognised by its token, and gets the next one', async (scene) => {
    const { store, userId, clock } = scene
    const { id, tokenHash, expiresAt } = await remember(scene)
    clock.advance(DAY_MS)
    const first = present(id, tokenHash)
    deepStrictEqual(await store.recogniseDevice(userId, first), {
      outcome: 'recognised',
      rotated: true,
      expiresAt,
      epoch: '',
    })
    const second = present(id, first.nextHash)
    deepStrictEqual(await store.recogniseDevice(userId, second), {
      outcome: 'recognised',
      rotated: true,
      expiresAt,
      epoch: '',
    })
  })

  play('a recognised device says so in the list, and keeps name, birth and end', async (scene) => {
    const { store, userId, clock } = scene
    const device = await remember(scene, { name: 'Chrome, "work" — Zoé’s 🎵' })
    clock.advance(DAY_MS)
    const use = present(device.id, device.tokenHash)
    await store.recogniseDevice(userId, use)
    const [listed] = await store.listDevices(userId)
    const { rotatedAt, lastUsedAt, ...rest } = listed as Device
    const { rotatedAt: _rotated, lastUsedAt: _used, ...before } = device
    deepStrictEqual(rest, { ...before, tokenHash: use.nextHash, previousHash: device.tokenHash })
    assertAbout(rotatedAt, clock.now())
    assertAbout(lastUsedAt, clock.now())
  })

  play('a token hashed under an older key of the ring is recognised too', async (scene) => {
    const { id, tokenHash } = await remember(scene)
    const outcome = await scene.store.recogniseDevice(scene.userId, present(id, newHash(), tokenHash))
    strictEqual(outcome.outcome, 'recognised')
  })

  play('within the overlap the token before stays good and is not rotated again', async (scene) => {
    const { store, userId, clock } = scene
    const { id, tokenHash, expiresAt } = await remember(scene)
    const first = present(id, tokenHash)
    await store.recogniseDevice(userId, first)
    clock.advance(OVERLAP_MS - 2000)
    const late = await store.recogniseDevice(userId, present(id, tokenHash))
    deepStrictEqual(late, { outcome: 'recognised', rotated: false, expiresAt, epoch: '' })
    const { rotated } = (await store.recogniseDevice(userId, present(id, first.nextHash))) as { rotated: boolean }
    strictEqual(rotated, true)
  })

  play('thirty tabs that open together are all recognised, and one rotates', async (scene) => {
    const { store, userId } = scene
    const { id, tokenHash } = await remember(scene)
    const tries = Array.from({ length: 30 }, () => store.recogniseDevice(userId, present(id, tokenHash)))
    const outcomes = await Promise.all(tries)
    deepStrictEqual(new Set(outcomes.map(({ outcome }) => outcome)), new Set(['recognised']))
    strictEqual(outcomes.filter((outcome) => outcome.outcome === 'recognised' && outcome.rotated).length, 1)
  })
}

function playEndings(play: Play): void {
  play('the token before, past the overlap, gives the device up', async (scene) => {
    const { store, userId, clock } = scene
    const { id, tokenHash } = await remember(scene)
    const first = present(id, tokenHash)
    await store.recogniseDevice(userId, first)
    clock.advance(OVERLAP_MS + 1)
    deepStrictEqual(await store.recogniseDevice(userId, present(id, tokenHash)), { outcome: 'reused' })
    deepStrictEqual(await store.recogniseDevice(userId, present(id, first.nextHash)), { outcome: 'unknown' })
  })

  play('any other token for a device gives it up', async (scene) => {
    const { store, userId } = scene
    const { id, tokenHash } = await remember(scene)
    deepStrictEqual(await store.recogniseDevice(userId, present(id, newHash())), { outcome: 'reused' })
    deepStrictEqual(await store.recogniseDevice(userId, present(id, tokenHash)), { outcome: 'unknown' })
  })

  play('a device is over on its day, however often it was used', async (scene) => {
    const { store, userId, clock } = scene
    const { id, tokenHash } = await remember(scene)
    clock.advance(29 * DAY_MS)
    const use = present(id, tokenHash)
    strictEqual((await store.recogniseDevice(userId, use)).outcome, 'recognised')
    clock.advance(DAY_MS)
    deepStrictEqual(await store.listDevices(userId), [])
    deepStrictEqual(await store.recogniseDevice(userId, present(id, use.nextHash)), { outcome: 'unknown' })
  })

  play('a device of another user, or that never was, is unknown', async (scene) => {
    const { store, userId } = scene
    const { id, tokenHash } = await remember(scene)
    deepStrictEqual(await store.recogniseDevice(newId(), present(id, tokenHash)), { outcome: 'unknown' })
    deepStrictEqual(await store.recogniseDevice(userId, present(newId(), tokenHash)), { outcome: 'unknown' })
    strictEqual((await store.listDevices(userId)).length, 1)
  })
}

function playLists(play: Play): void {
  play('devices are listed oldest first, and forgotten one by one', async (scene) => {
    const { store, userId, clock } = scene
    const phone = await remember(scene, { name: 'Safari on iPhone' })
    const laptop = await remember(scene, { createdAt: clock.now() - DAY_MS })
    deepStrictEqual(await store.listDevices(userId), [laptop, phone])
    strictEqual(await store.forgetDevice(userId, phone.id), true)
    strictEqual(await store.forgetDevice(userId, phone.id), false)
    deepStrictEqual(await store.listDevices(userId), [laptop])
  })

  play('all devices are forgotten at once, and only the user’s own', async (scene) => {
    const { store, userId } = scene
    await remember(scene)
    const other = { ...scene, userId: newId() }
    const staying = await remember(other)
    await store.forgetDevices(userId)
    deepStrictEqual(await store.listDevices(userId), [])
    deepStrictEqual(await store.listDevices(other.userId), [staying])
  })

  play('a revocation keeps the devices or ends them, as it says', async (scene) => {
    const { store, userId } = scene
    const device = await remember(scene)
    await store.revoke(userId, { epoch: newId(), devices: 'keep' })
    deepStrictEqual(await store.listDevices(userId), [device])
    await store.revoke(userId, { epoch: newId(), devices: 'end' })
    deepStrictEqual(await store.listDevices(userId), [])
  })
}
