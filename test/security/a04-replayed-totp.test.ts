/**
 * A4. The thief read a TOTP code over the user's shoulder, or a phishing page relayed it. It is used already, but its
 * 30 seconds are not over, or the window still accepts the step before.
 * Hurt by it: devise-two-factor (CVE-2015-7225, and CVE-2021-43177 for the trailing step), Rodauth (CVE-2026-82470).
 * What must happen: a step is accepted once, nor is an earlier one after it: at sign-in, at step-up, at enrolment,
 * from one to the other, and on another process.
 * @see RFC 6238 §5.2
 */
import request from 'supertest'
import { createTestApp } from '../support/app'
import { codeFor, enrolTotp, signIn } from '../support/journeys'
import { anotherInstance, BACKENDS, describeShared, holdSession, openService, verify } from '../support/security'

describe.each(BACKENDS)('a code that was used, on %s', (backend) => {
  it('is refused at the next sign-in: the same step, and the one before', async () => {
    const service = openService(backend)
    const { setupKey } = await enrolTotp(service, 'ada')
    service.clock.advance(30_000)
    const before = codeFor(service, setupKey)
    service.clock.advance(30_000)
    const used = codeFor(service, setupKey)
    await verify(await holdSession(service), used).expect(200)
    const thief = await holdSession(service)
    expect((await verify(thief, used).expect(401)).body.code).toBe('ERR_TFA_CODE_INCORRECT')
    expect((await verify(thief, before).expect(401)).body.code).toBe('ERR_TFA_CODE_INCORRECT')
    await thief.get('/account').expect(401)
  })

  it('is refused at sign-in when it was the one that confirmed the enrolment', async () => {
    const service = openService(backend)
    const { setupKey } = await enrolTotp(service, 'ada')
    await verify(await holdSession(service), codeFor(service, setupKey)).expect(401)
  })

  it('is refused at step-up after sign-in, and at sign-in after step-up, the trailing step too', async () => {
    const service = openService(backend)
    const { setupKey } = await enrolTotp(service, 'ada')
    service.clock.advance(30_000)
    const ada = await holdSession(service)
    await verify(ada, codeFor(service, setupKey)).expect(200)
    await ada.post('/two-factor/challenge').send({}).expect(201)
    await verify(ada, codeFor(service, setupKey)).expect(401)
    service.clock.advance(30_000)
    const unused = codeFor(service, setupKey)
    service.clock.advance(30_000)
    await verify(ada, codeFor(service, setupKey)).expect(200)
    await verify(await holdSession(service), codeFor(service, setupKey)).expect(401)
    await verify(await holdSession(service), unused).expect(401)
    await ada.post('/two-factor/challenge').send({}).expect(201)
    await verify(ada, unused).expect(401)
  })
})

describeShared('a code that another process accepted, on one %s', (backend) => {
  it('is refused on this one', async () => {
    const service = openService(backend)
    const { setupKey } = await enrolTotp(service, 'ada')
    service.clock.advance(30_000)
    const other = createTestApp(anotherInstance(service))
    const [here, there] = [await holdSession(service), request.agent(other.app)]
    await signIn(there, 'ada').expect(200)
    await verify(there, codeFor(service, setupKey)).expect(200)
    await verify(here, codeFor(service, setupKey)).expect(401)
  })
})
