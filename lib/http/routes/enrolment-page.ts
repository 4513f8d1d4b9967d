import type { TotpEnrolmentAnswer } from '../../answers'
import { isSending } from '../../core/asked'
import type { Begun } from '../../core/enrolment'
import { maskPhone } from '../../core/factors/phone'
import { otpauthUri } from '../../core/factors/totp'
import { methodsTo } from '../../core/reach'
import { readPhoneSecret } from '../../core/sealed'
import type { Exchange } from '../exchange'
import { drawQr } from '../qr'
import type { Shown } from '../respond'
import { isLive } from './live'

/** The page of a pending enrolment: the QR code and key, or the code that was sent. */
export async function enrolmentPage(exchange: Exchange, begun: Begun): Promise<Shown> {
  if (begun.draft.factor === 'phone') return phonePage(exchange, begun)
  return totpPage(await describeTotp(exchange, begun))
}

export function totpPage({ expiresAt: _end, ...model }: TotpEnrolmentAnswer): Shown {
  return { view: 'totpEnrolment', model }
}

/** What an authenticator app needs. Issuer and label come from the options, never from the request's Host. */
export async function describeTotp(
  { core, user }: Exchange,
  { enrolmentId, draft, stored }: Begun,
): Promise<TotpEnrolmentAnswer> {
  const uri = otpauthUri(core.settings.issuer, user.label, draft.secret)
  const expiresAt = new Date(stored.expiresAt)
  return { enrolmentId, setupKey: draft.secret, otpauthUri: uri, qrSvg: await drawQr(uri), expiresAt }
}

/** A pending phone's number, masked. */
export function destinationOf({ draft }: Begun): string {
  const { e164, callingCode } = readPhoneSecret(draft.secret)
  return maskPhone(e164, callingCode)
}

/** When the code may be sent again by the same method. */
export function resendAt({ core }: Exchange, { stored }: Begun): Date {
  const { method } = stored.challenge
  const sentAt = isSending(method) ? stored.sentAt[method] : undefined
  return new Date(sentAt === undefined ? core.settings.clock.now() : sentAt + core.settings.cooldownMs)
}

function phonePage(exchange: Exchange, begun: Begun): Shown {
  const { core } = exchange
  const { delivery } = begun.stored
  const method = isSending(begun.draft.method) ? begun.draft.method : 'sms'
  return {
    view: 'phoneEnrolment',
    model: {
      enrolmentId: begun.enrolmentId,
      destination: destinationOf(begun),
      method,
      channels: methodsTo(core, readPhoneSecret(begun.draft.secret)),
      isLive: isLive(core, method, delivery),
      ...(delivery ? { delivery } : {}),
      // Nothing is on its way, so nobody has to wait for it.
      ...(delivery?.status === 'failed' ? {} : { resendAt: resendAt(exchange, begun) }),
    },
  }
}
