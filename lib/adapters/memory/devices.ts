import type { Device, RecogniseDevice, RecogniseOutcome } from '../../ports'
import { copyRecord } from './records'
import type { UserRecord } from './users'

/** Recognises a device by its token and rotates it; a token that was rotated away gives the device up. */
export function recogniseDevice(record: UserRecord, recognise: RecogniseDevice, now: number): RecogniseOutcome {
  const device = record.devices.get(recognise.id)
  if (!device) return { outcome: 'unknown' }
  if (recognise.hashes.includes(device.tokenHash)) return rotate(record, device, recognise.nextHash, now)
  const { expiresAt } = device
  if (isInOverlap(device, recognise, now)) {
    return { outcome: 'recognised', rotated: false, expiresAt, epoch: record.epoch }
  }
  // Two browsers hold one token: one of them took it. Nobody can say which, so neither stays trusted.
  record.devices.delete(device.id)
  return { outcome: 'reused' }
}

/** Lists the devices that have not expired, oldest first. */
export function listDevices(record: UserRecord | undefined, now: number): readonly Device[] {
  const devices = [...(record?.devices.values() ?? [])].filter((device) => device.expiresAt > now)
  return copyRecord(devices.sort((one, other) => one.createdAt - other.createdAt))
}

function rotate(record: UserRecord, device: Device, nextHash: string, now: number): RecogniseOutcome {
  const rotated = { ...device, tokenHash: nextHash, previousHash: device.tokenHash, rotatedAt: now, lastUsedAt: now }
  record.devices.set(device.id, rotated)
  return { outcome: 'recognised', rotated: true, expiresAt: device.expiresAt, epoch: record.epoch }
}

/** Tabs that open together all present the token from before: good for a short while, and not rotated again. */
function isInOverlap(device: Device, { hashes, overlapMs }: RecogniseDevice, now: number): boolean {
  const { previousHash, rotatedAt } = device
  return previousHash !== undefined && hashes.includes(previousHash) && now - rotatedAt <= overlapMs
}
