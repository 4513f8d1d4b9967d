/** A thief with the password begins enrolments over and over; the owner then changes the password, and would turn the factor on. */
import request from 'supertest'
import { reauthenticate, signIn } from '../../support/journeys'
import { openService } from '../../support/security'

it('(A31) an enrolment can be begun after the password was changed, whatever was begun before', async () => {
  const service = openService()
  const thief = request.agent(service.app)
  await signIn(thief, 'ada')
  await reauthenticate(thief, 'ada')
  for (let hours = 0; hours < 8; hours += 1) {
    for (let at = 0; at < 21; at += 1) await thief.post('/two-factor/authenticators').send({ factor: 'totp' })
    service.clock.advance(3_600_000)
    await signIn(thief, 'ada')
    await reauthenticate(thief, 'ada')
  }
  for (let at = 0; at < 2; at += 1) await thief.post('/two-factor/authenticators').send({ factor: 'totp' })
  await service.twoFactor.invalidate('user-ada')
  const owner = request.agent(service.app)
  await signIn(owner, 'ada')
  await reauthenticate(owner, 'ada').expect(200)
  const answer = await owner.post('/two-factor/authenticators').send({ factor: 'totp' })
  expect([answer.status, answer.headers['retry-after']]).toEqual([201, undefined])
})
