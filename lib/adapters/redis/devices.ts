import type { RecogniseOutcome, Store } from '../../ports'
import type { Connection } from './connection'
import { unpackDevice } from './pack'

type DeviceCalls = Pick<Store, 'recogniseDevice' | 'listDevices' | 'forgetDevice' | 'forgetDevices'>

/** Makes the calls on remembered devices. */
export function createDeviceCalls({ clock, keysOf, run, call }: Connection): DeviceCalls {
  return {
    async recogniseDevice(userId, { id, hashes, nextHash, overlapMs }) {
      const args = [clock.offsetMs, id, nextHash, overlapMs, JSON.stringify(hashes)]
      const { devices, grants } = keysOf(userId)
      return toOutcome((await run('recognise_device', [devices, grants], args)) as RecogniseReply)
    },
    async listDevices(userId) {
      const packed = await call((redis) => redis.hgetall(keysOf(userId).devices))
      const devices = Object.entries(packed).map(([id, device]) => unpackDevice(id, device))
      const kept = devices.filter(({ expiresAt }) => expiresAt > clock.now())
      return kept.sort((one, other) => one.createdAt - other.createdAt)
    },
    async forgetDevice(userId, deviceId) {
      return (await call((redis) => redis.hdel(keysOf(userId).devices, deviceId))) === 1
    },
    async forgetDevices(userId) {
      await call((redis) => redis.del(keysOf(userId).devices))
    },
  }
}

type RecogniseReply = ['rotated' | 'recognised', string, string] | ['reused' | 'unknown']

function toOutcome(reply: RecogniseReply): RecogniseOutcome {
  const [word, expiresAt, epoch = ''] = reply
  if (word === 'reused' || word === 'unknown') return { outcome: word }
  return { outcome: 'recognised', rotated: word === 'rotated', expiresAt: Number(expiresAt), epoch }
}
