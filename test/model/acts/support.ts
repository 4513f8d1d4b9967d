import { type AccountState, killCodes, killDevice } from '../state'
import type { Answered, Browser, World } from '../world'
import { type Act, endOthers, judge, NOT_FOUND, refusalOf } from './act'

const DONE: Answered = { status: 204, code: '', body: {}, setCookies: [], request: 0, sentJar: new Map() }
const ACT = { actor: 'support', reason: 'a lost phone' }

/** What support does, or the app by itself: no browser takes part. */
function supportAct(
  world: World,
  account: AccountState,
  label: string,
  run: (process: number) => Promise<void>,
  process: number,
  alone: () => void,
): Act {
  return {
    ...{ label: `${label} ${account.name}`, kind: 'support', account, browser: null },
    async send() {
      world.ground.clock.advance(1)
      await run(process)
      return DONE
    },
    alone,
  }
}

export function resetAct(world: World, account: AccountState, process: number): Act {
  const run = (at: number) => world.process(at).twoFactor.admin.reset(account.id, ACT)
  const act = supportAct(world, account, 'support resets', run, process, () => {
    endAll(world, account)
    account.factors.clear()
    account.tallies.clear()
    killCodes(account)
  })
  return { ...act, removesAll: true }
}

export function invalidateAct(world: World, account: AccountState, process: number): Act {
  const run = (at: number) => world.process(at).twoFactor.invalidate(account.id)
  return supportAct(world, account, 'the password changes of', run, process, () => endAll(world, account))
}

export function unlockAct(world: World, account: AccountState, process: number): Act {
  const run = (at: number) => world.process(at).twoFactor.admin.unlock(account.id, ACT)
  const act = supportAct(world, account, 'support unlocks', run, process, () => account.tallies.clear())
  return { ...act, kind: 'other' }
}

function endAll(world: World, account: AccountState): void {
  endOthers(world, account, null)
  for (const device of [...account.devices.values()]) killDevice(account, device)
}

/** Forgets one device of the user's own or of somebody else's, or all. */
export function forgetAct(world: World, browser: Browser, process: number, deviceId: string | null): Act {
  const { session } = browser
  const label = `${browser.name} forgets ${deviceId ?? 'all devices'}`
  const path = `/two-factor/devices/${deviceId === null ? 'forget-all' : `${deviceId}/forget`}`
  return {
    ...{ label, kind: 'other', account: session?.account ?? null, browser },
    send: () => world.send(browser, process, { method: 'POST', path }),
    alone(reply) {
      const refusal = refusalOf(world, browser, ['passed'])
      if (refusal || !session) return judge(label, reply, refusal ?? { status: 401 })
      const { account } = session
      const named = deviceId === null ? [...account.devices.values()] : [account.devices.get(deviceId)]
      const isThere = deviceId === null || named[0] !== undefined
      judge(label, reply, isThere ? { status: 204 } : NOT_FOUND)
      for (const device of named) if (device) killDevice(account, device)
      if (isThere) world.ledger.count('forgot')
    },
  }
}
