import { dumpError } from './dumps'
import type { House } from './house'
import { breakDown, mistake } from './misfortune'
import { Walk } from './walk'

const ACT = { actor: 'grace', reason: 'asked by phone' }

/** All that a user, support and misfortune can do, one after the other. */
export async function walkEverything(house: House, dump: () => Promise<void>): Promise<void> {
  const walk = new Walk(house)
  const { send, clock, twoFactor } = house
  const agent = await walk.arrive()
  await send(agent, 'POST /two-factor/authenticators', { factor: 'totp' })
  await send(agent, 'POST /two-factor/setup/postpone')
  await walk.lookAround(agent)
  const { setupKey, recoveryCodes } = await walk.enrolApp(agent)
  await dump()
  await walk.enrolPhone(agent)
  await dump()
  const remembered = await walk.signInByText()
  await dump()
  await walk.signInByApp(setupKey)
  await walk.signInByCall()
  await walk.payOut(await walk.signInByCall())
  await walk.renewRecoveryCodes(await walk.signInByRecoveryCode(recoveryCodes[0] as string), 'json')
  await walk.comeBack(remembered)
  await walk.renewRecoveryCodes(await walk.signInByText(), 'page')
  await dump()
  await walk.guess(7)
  await dump()
  await twoFactor.admin.status('user-ada')
  await twoFactor.admin.unlock('user-ada', ACT)
  clock.advance(3_600_000)
  const last = await walk.signInByApp(setupKey)
  await walk.reauthenticate(last)
  await send(last, 'POST /two-factor/disable', {})
  await walk.enrolApp(last)
  const held = await walk.arrive()
  await breakDown(house, held)
  await twoFactor.admin.reset('user-ada', ACT).catch((error) => house.errors.push(dumpError(error)))
  await mistake(house)
  for (const token of house.echo.tokens) house.plants.add('vonage', token)
  await dump()
}
