/**
 * A database that answers too late: the statement that turns the factor on is given up after its deadline, and runs all the
 * same (a write that waits for a lock or for a synchronous standby). Who signed in with the password in between was told
 * "no factor", and nothing ends that session: there is no second revocation when the change itself fails.
 */

import { TwoFactorError } from 'express-two-factor'
import request from 'supertest'
import { codeFor, reauthenticate, signIn } from '../../support/journeys'
import { openService } from '../../support/security'

describe('(I2, I7) a change of factors whose statement is given up and then runs', () => {
  it('leaves no session of the password alone that passes the gate', async () => {
    const service = openService()
    const { authenticators } = service
    const { change } = authenticators
    const thief = request.agent(service.app)
    let isLate = true
    authenticators.change = async (userId, version, wanted) => {
      if (!isLate) return change.call(authenticators, userId, version, wanted)
      isLate = false
      await signIn(thief, 'ada').expect(200)
      await thief.get('/account').expect(200)
      await change.call(authenticators, userId, version, wanted)
      throw new TwoFactorError('ERR_TFA_STORE_UNAVAILABLE', { detail: 'no answer within 2000 ms' })
    }
    const owner = request.agent(service.app)
    await signIn(owner, 'ada')
    await reauthenticate(owner, 'ada').expect(200)
    const { body } = await owner.post('/two-factor/authenticators').send({ factor: 'totp' }).expect(201)
    await owner
      .post(`/two-factor/authenticators/${body.enrolmentId}/confirm`)
      .send({ code: codeFor(service, body.setupKey) })
      .expect(503)
    // The factor is on: a new sign-in is held.
    const again = request.agent(service.app)
    await signIn(again, 'ada').expect(200, { next: '/two-factor/challenge' })
    // As long as a later revocation may take, should there be one.
    await new Promise((resolve) => setTimeout(resolve, 1500))
    const answer = await thief.get('/account')
    expect([answer.status, answer.body.twoFactor?.assurance]).not.toEqual([200, 'password'])
  })
})
