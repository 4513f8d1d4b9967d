import { PASSWORD } from '../../support/app'
import { type AccountState, type DeviceState, killDevice, newSession, OVERLAP_MS, type SessionState } from '../state'
import { isInForce } from '../truth'
import { type Answered, type Browser, retire, type World } from '../world'
import { type Act, judge, refreshChallenge, SIGN_IN } from './act'

const PLACES = { passed: '/', held: '/two-factor/challenge', prompted: '/two-factor/setup', nobody: '' }

/** The first factor, in a browser that may remember the device, hold a stolen cookie, or be signed in already. */
export function signInAct(world: World, browser: Browser, account: AccountState, process: number): Act {
  const label = `${browser.name} signs ${account.name} in`
  const call = { method: 'POST', path: '/login', body: { email: account.label, password: PASSWORD } } as const
  return {
    ...{ label, kind: 'sign-in', account, browser },
    send: () => world.send(browser, process, call),
    async alone(reply) {
      const device = presentDevice(world, account, reply)
      const { now } = world
      browser.session = newSession(account, device && account.factors.size > 0 ? 'remembered-device' : 'password', now)
      if (browser.session.assurance === 'remembered-device') limitTo(browser.session, device)
      if (isInForce(world.frame, now)) account.firstPromptAt ??= now
      const next = PLACES[world.standing(browser)]
      judge(label, reply, { status: 200 })
      judge(
        `${label} → ${next} (${String(reply.body.next)})`,
        { ...reply, code: String(reply.body.next) },
        { status: 200, code: next },
      )
      world.ledger.count(`signed in, ${world.standing(browser)}${device ? ', device' : ''}`)
      await refreshChallenge(world, browser)
    },
  }
}

function limitTo(session: SessionState, device: DeviceState | null): void {
  if (device) session.expiresAt = Math.min(session.expiresAt, device.expiresAt)
}

/** The device that the browser's cookie names for this user, and its token. */
export function deviceOf(
  jar: ReadonlyMap<string, string>,
  { devices }: AccountState,
): { device: DeviceState; token: string } | null {
  for (const [name, token] of jar) {
    const device = name.startsWith('two-factor-device-') ? devices.get(token.slice(0, token.indexOf('.'))) : undefined
    if (device) return { device, token }
  }
  return null
}

/** Recognises a device as it must be: by the newest token, or for a minute by the one before; an older one ends it. */
function presentDevice(world: World, account: AccountState, reply: Answered): DeviceState | null {
  const found = deviceOf(reply.sentJar, account)
  if (!found || world.now >= found.device.expiresAt) return null
  const { device, token } = found
  const next = reply.setCookies.find((line) => line.startsWith('two-factor-device-'))
  const at = device.tokens.indexOf(token)
  const isNewest = at === device.tokens.length - 1
  const isBefore = at === device.tokens.length - 2 && at >= 0 && world.now - device.rotatedAt <= OVERLAP_MS
  const isRecognised = device.isBlurred ? next !== undefined || reply.body.next === PLACES.passed : isNewest || isBefore
  if (!isRecognised) {
    killDevice(account, device)
    return null
  }
  if (next) {
    device.tokens.push(next.slice(next.indexOf('=') + 1, next.indexOf(';')))
    Object.assign(device, { rotatedAt: world.now, isBlurred: false })
  }
  return device
}

/** Copies a device's cookies out of one browser into another: theft, or a restored backup. */
export function copyDeviceCookies(from: Browser, to: Browser): void {
  for (const [name, value] of from.jar) if (name.startsWith('two-factor-device-')) to.jar.set(name, value)
}

export function signOutAct(world: World, browser: Browser, process: number): Act {
  const label = `${browser.name} signs out`
  return {
    ...{ label, kind: 'sign-out', account: browser.session?.account ?? null, browser },
    send: () => world.send(browser, process, { method: 'POST', path: '/two-factor/sign-out' }),
    alone(reply) {
      judge(label, reply, browser.session ? { status: 204 } : SIGN_IN)
      leave(browser)
    },
  }
}

/** The session is over for this browser; whoever kept its cookie must get nothing for it. */
export function leave(browser: Browser): void {
  retire(browser)
  browser.session = null
}
