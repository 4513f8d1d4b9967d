import type { DeviceAnswer } from '../answers'
import type { Device, RecogniseOutcome } from '../ports'
import type { Core } from './core'
import { newId } from './ids'

/** Tabs that load side by side present the token that the first of them had rotated away. */
export const OVERLAP_MS = 60_000
const TOKEN = /^([A-Za-z0-9_-]{22})\.([A-Za-z0-9_-]{22})$/

/** A device as it is stored, and the token its browser keeps. */
export interface NewDevice {
  device: Device
  token: string
}

export interface Recognised {
  deviceId: string
  expiresAt: number
  /** The user's when it was recognised: a device revoked since then was recognised under another. */
  epoch: string
  /** Set when the cookie must change. */
  token?: string
}

/** Makes a device that is remembered from now, for the option's days and no longer however often it is used. */
export function newDevice(core: Core, userId: string, name: string): NewDevice {
  const now = core.settings.clock.now()
  const id = newId(core.settings.randomBytes)
  const secret = newId(core.settings.randomBytes)
  const times = { rotatedAt: now, createdAt: now, lastUsedAt: now, expiresAt: now + core.settings.deviceTtlMs }
  const device = { id, name, tokenHash: core.keys.hash(tokenParts(userId, id, secret)), ...times }
  return { device, token: `${id}.${secret}` }
}

/** Recognises a browser by its token and rotates it; null for anything that is not a live token of this user's. */
export async function recogniseDevice(
  core: Core,
  userId: string,
  presented: string | undefined,
): Promise<Recognised | null> {
  const [, deviceId, secret] = TOKEN.exec(presented ?? '') ?? []
  if (!deviceId || !secret || core.settings.deviceTtlMs === 0) return null
  const next = newId(core.settings.randomBytes)
  const outcome = await core.settings.store.recogniseDevice(userId, {
    id: deviceId,
    hashes: core.keys.hashes(tokenParts(userId, deviceId, secret)),
    nextHash: core.keys.hash(tokenParts(userId, deviceId, next)),
    overlapMs: OVERLAP_MS,
  })
  reportRecognition(core, userId, deviceId, outcome)
  if (outcome.outcome !== 'recognised') return null
  const { expiresAt, epoch } = outcome
  return { deviceId, expiresAt, epoch, ...(outcome.rotated ? { token: `${deviceId}.${next}` } : {}) }
}

function tokenParts(userId: string, deviceId: string, secret: string): readonly string[] {
  return ['device', userId, deviceId, secret]
}

function reportRecognition(core: Core, userId: string, deviceId: string, { outcome }: RecogniseOutcome): void {
  if (outcome === 'recognised') core.events.emit('device.recognised', { userId, deviceId })
  if (outcome === 'reused') core.events.emit('device.reused', { userId, deviceId })
}

/** The id that a presented token names, to mark "this one" in a list; it proves nothing. */
export function deviceIdOf(presented: string | undefined): string | undefined {
  return TOKEN.exec(presented ?? '')?.[1]
}

/** Lists a user's own devices, the one used last first. */
export async function listDevices(core: Core, userId: string, presented?: string): Promise<readonly DeviceAnswer[]> {
  const current = deviceIdOf(presented)
  const devices = await core.settings.store.listDevices(userId)
  return devices
    .toSorted((left, right) => right.lastUsedAt - left.lastUsedAt)
    .map(({ id, name, createdAt, lastUsedAt, expiresAt }) => ({
      id,
      name,
      createdAt: new Date(createdAt),
      lastUsedAt: new Date(lastUsedAt),
      expiresAt: new Date(expiresAt),
      current: id === current,
    }))
}

/** @returns false when the user has no such device */
export async function forgetDevice(core: Core, userId: string, deviceId: string): Promise<boolean> {
  const isForgotten = await core.settings.store.forgetDevice(userId, deviceId)
  if (isForgotten) core.events.emit('device.forgotten', { userId, deviceId })
  return isForgotten
}

export async function forgetDevices(core: Core, userId: string): Promise<void> {
  await core.settings.store.forgetDevices(userId)
  core.events.emit('device.forgotten', { userId, deviceId: 'all' })
}
