import type { Reissued } from '../../core/change'
import type { Exchange } from '../exchange'
import { destroySession, renewSession } from '../session'

/** Goes on with a re-issued grant under a new session id; where there is none, the session ends. */
export async function goOnReissued({ req, user }: Exchange, reissued: Reissued): Promise<void> {
  if (reissued) await renewSession(req, { handle: reissued.handle, userId: user.id })
  else await destroySession(req)
}
