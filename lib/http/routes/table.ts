import { TwoFactorError } from '../../errors'
import type { Exchange, Reply } from '../exchange'
import type { Shown } from '../respond'
import { beginEnrolment, confirm, remove, resendEnrolmentCode, showEnrolmentPage, update } from './authenticators'
import { openChallenge, resend, showChallenge, showChallengePage, verify } from './challenge'
import { reauthenticate, showReauthenticate } from './reauthenticate'
import { forget, forgetAll, newRecoveryCodes, showSettings, signOut, turnOff } from './settings'
import { postpone, showSetup, showSetupPage } from './setup'

/** One route of the contract: what it does, and the page that shows its errors in place. */
export interface Route {
  method: 'GET' | 'POST'
  path: string
  handle: (exchange: Exchange) => Promise<Reply>
  errorPage?: (exchange: Exchange) => Shown | Promise<Shown>
}

const passwordAgain = (exchange: Exchange) => showReauthenticate(exchange, ['password'])

/** Every route, one line each; docs/http.md describes them. */
export const ROUTES: readonly Route[] = [
  { method: 'GET', path: '/', handle: showSettings },
  { method: 'GET', path: '/challenge', handle: showChallenge },
  { method: 'POST', path: '/challenge', handle: openChallenge, errorPage: showChallengePage },
  { method: 'POST', path: '/challenge/resend', handle: resend, errorPage: showChallengePage },
  { method: 'POST', path: '/challenge/verify', handle: verify, errorPage: showChallengePage },
  { method: 'POST', path: '/reauthenticate', handle: reauthenticate, errorPage: passwordAgain },
  { method: 'GET', path: '/setup', handle: showSetup },
  { method: 'POST', path: '/setup/postpone', handle: postpone, errorPage: showSetupPage },
  { method: 'POST', path: '/authenticators', handle: beginEnrolment, errorPage: showSetupPage },
  { method: 'POST', path: '/authenticators/:id/confirm', handle: confirm, errorPage: showEnrolmentPage },
  { method: 'POST', path: '/authenticators/:id/resend', handle: resendEnrolmentCode, errorPage: showEnrolmentPage },
  { method: 'POST', path: '/authenticators/:id/update', handle: update },
  { method: 'POST', path: '/authenticators/:id/remove', handle: remove },
  { method: 'POST', path: '/recovery-codes', handle: newRecoveryCodes },
  { method: 'POST', path: '/devices/forget-all', handle: forgetAll },
  { method: 'POST', path: '/devices/:id/forget', handle: forget },
  { method: 'POST', path: '/disable', handle: turnOff },
  { method: 'POST', path: '/sign-out', handle: signOut },
]

/** The page of an error: the re-authentication where that is what is missing, else the one it came from. */
export async function errorPageOf(route: Route, exchange: Exchange, error: TwoFactorError): Promise<Shown> {
  const { path } = exchange.core.settings
  if (error.fields.missing) return showReauthenticate(exchange, error.fields.missing)
  try {
    if (route.errorPage) return await route.errorPage(exchange)
  } catch (another) {
    if (!(another instanceof TwoFactorError)) throw another
  }
  return { view: 'problem', model: { backTo: path } }
}
