import { describeSettings } from '../../core/describe'
import { disable, refuseRequired, replaceRecoveryCodes } from '../../core/factor-changes'
import { readId } from '../../core/ids'
import { forgetDevice, forgetDevices } from '../../core/remembered-device'
import { TwoFactorError } from '../../errors'
import { readDeviceCookie } from '../device-cookie'
import { admit, admitFresh, type Exchange, type Reply, readVisitor, refuseStale } from '../exchange'
import { endAppSession } from '../hold'
import { endNotedSession } from '../visitor'
import { goOnReissued } from './reissue'

export async function showSettings(exchange: Exchange): Promise<Reply> {
  const { core, req, user } = exchange
  const { session } = await admit(exchange, ['passed', 'prompted'])
  const settings = await describeSettings(core, session, readDeviceCookie(req, user.id))
  const model = { ...settings, remembersDevices: core.settings.deviceTtlMs > 0 }
  return { status: 200, json: settings, page: { view: 'settings', model } }
}

export async function newRecoveryCodes(exchange: Exchange): Promise<Reply> {
  const { session, grant } = await admitFresh(exchange, ['passed'])
  const { codes, reissued } = await replaceRecoveryCodes(exchange.core, session, grant)
  await goOnReissued(exchange, reissued)
  const model = { recoveryCodes: codes, returnTo: exchange.core.settings.path, signedOut: reissued === null }
  return { status: 201, json: { recoveryCodes: codes }, page: { view: 'recoveryCodes', model } }
}

export async function forget(exchange: Exchange): Promise<Reply> {
  const id = readId(exchange.req.params.id, 'id')
  const { session } = await admit(exchange, ['passed'])
  if (!(await forgetDevice(exchange.core, session.user.id, id))) throw new TwoFactorError('ERR_TFA_NOT_FOUND')
  return { status: 204, page: { to: exchange.core.settings.path } }
}

export async function forgetAll(exchange: Exchange): Promise<Reply> {
  const { session } = await admit(exchange, ['passed'])
  await forgetDevices(exchange.core, session.user.id)
  return { status: 204, page: { to: exchange.core.settings.path } }
}

export async function turnOff(exchange: Exchange): Promise<Reply> {
  const visitor = await readVisitor(exchange)
  await refuseRequired(exchange.core, visitor.session)
  refuseStale(exchange, visitor, ['passed'])
  await goOnReissued(exchange, await disable(exchange.core, visitor.session))
  return { status: 204, page: { to: exchange.core.settings.path } }
}

/** Ends the grant first: should the session come back with a request in flight, it proves nothing any more. */
export async function signOut(exchange: Exchange): Promise<Reply> {
  const { core, req } = exchange
  await endNotedSession(core, req)
  await endAppSession(core, req)
  return { status: 204, page: { to: core.settings.signInUrl } }
}
