/** Whoever has the password signs in over and over: that must end nobody's session who proved more. */
import { actionHash } from '../../../lib/core/freshness'
import { openService } from '../../support/security'

/** A key whose hash starts with the letter that the store's script takes for "password only". */
function keyHashedToP(): string {
  for (let at = 0; ; at += 1) if (actionHash(`payout ${at}`).startsWith('p')) return actionHash(`payout ${at}`)
}

describe.each(['memory', 'redis'] as const)('(I7) a hundred sign-ins, with the %s store', (backend) => {
  it('end no session that has the second factor and a step-up pending its action', async () => {
    const service = openService(backend)
    const { store, clock } = service
    const now = clock.now()
    const grant = {
      assurance: 'second-factor',
      methods: ['totp'],
      issuedAt: now,
      verifiedAt: now,
      expiresAt: now + 3_600_000,
      hasFactor: true,
      actionKey: keyHashedToP(),
    } as const
    await store.issueGrant('u', { handle: 'victim', grant, epoch: '' })
    const { verifiedAt: _v, actionKey: _a, ...rest } = grant
    for (let at = 0; at < 120; at += 1) {
      await store.issueGrant('u', {
        handle: `thief-${at}`,
        grant: { ...rest, assurance: 'password', methods: [], issuedAt: now + 1, expiresAt: now + 3_600_001 + at },
        epoch: '',
      })
    }
    expect(await store.readGrant('u', 'victim')).not.toBeNull()
  })
})
