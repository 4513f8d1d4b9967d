/**
 * A30, A34. The thief answers one question with the answer to another: the code that confirms an enrolment at sign-in, the
 * code of a sign-in at an enrolment, one enrolment twice. Or the owner begins an enrolment, never confirms it, and is
 * locked out by it.
 * Hurt by it: django-mfa2 (CVE-2022-42731: an enrolment's challenge was good for a sign-in), better-auth (#8711: an
 * unconfirmed enrolment gated the sign-in).
 * What must happen: a code answers its own challenge, once; an enrolment counts from its confirmation on.
 */
import request from 'supertest'
import { codeFor, enrolPhone, enrolTotp, reauthenticate, signIn } from '../support/journeys'
import { BACKENDS, burst, holdSession, openService, verify } from '../support/security'

const PHONE = { factor: 'phone', country: 'FR', phone: '06 23 45 67 89', method: 'sms' }

describe.each(BACKENDS)('the code of an enrolment, on %s', (backend) => {
  it('answers no sign-in, nor does the code of a sign-in answer the enrolment', async () => {
    const service = openService(backend, { sendBudgets: [{ points: 100, windowMs: 60_000 }] })
    const { agent } = await enrolPhone(service, 'ada')
    await reauthenticate(agent, 'ada').expect(200)
    const { body } = await agent.post('/two-factor/authenticators').send(PHONE).expect(201)
    const ofEnrolment = service.phone.codeFor('+33623456789') as string
    const thief = await holdSession(service)
    const ofSignIn = service.phone.codeFor('+33612345678') as string
    await verify(thief, ofEnrolment).expect(401)
    await agent.post(`/two-factor/authenticators/${body.enrolmentId}/confirm`).send({ code: ofSignIn }).expect(401)
    await thief.post(`/two-factor/authenticators/${body.enrolmentId}/confirm`).send({ code: ofEnrolment }).expect(403)
    await verify(thief, ofSignIn).expect(200)
  })

  it('confirms once, however often and fast it is sent', async () => {
    const service = openService(backend)
    const ada = request.agent(service.app)
    await signIn(ada, 'ada')
    await reauthenticate(ada, 'ada').expect(200)
    const { enrolmentId, setupKey } = (
      await ada.post('/two-factor/authenticators').send({ factor: 'totp' }).expect(201)
    ).body
    const code = codeFor(service, setupKey)
    const answers = await burst(5, () => ada.post(`/two-factor/authenticators/${enrolmentId}/confirm`).send({ code }))
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1)
    expect((await service.authenticators.load('user-ada')).authenticators).toHaveLength(1)
  })

  it('confirms once: the same answer again, in the session that goes on, finds nothing', async () => {
    const service = openService(backend)
    const ada = request.agent(service.app)
    await signIn(ada, 'ada')
    await reauthenticate(ada, 'ada').expect(200)
    const { enrolmentId } = (await ada.post('/two-factor/authenticators').send(PHONE).expect(201)).body
    const code = service.phone.codeFor()
    const confirm = `/two-factor/authenticators/${enrolmentId}/confirm`
    await ada.post(confirm).send({ code }).expect(201)
    await ada.post(confirm).send({ code }).expect(403)
    await reauthenticate(ada, 'ada').expect(200)
    await ada.post('/two-factor/challenge').send({ method: 'sms' }).expect(201)
    await verify(ada, service.phone.codeFor()).expect(200)
    await ada.post(confirm).send({ code }).expect(404)
    expect((await service.authenticators.load('user-ada')).authenticators).toHaveLength(1)
  })

  it('is guessed five times and no more', async () => {
    const service = openService(backend)
    const ada = request.agent(service.app)
    await signIn(ada, 'ada')
    await reauthenticate(ada, 'ada').expect(200)
    const { enrolmentId } = (await ada.post('/two-factor/authenticators').send(PHONE).expect(201)).body
    const right = service.phone.codeFor() as string
    const confirm = (code: string) => ada.post(`/two-factor/authenticators/${enrolmentId}/confirm`).send({ code })
    for (let at = 0; at < 5; at += 1) await confirm(right === '111111' ? '222222' : '111111').expect(401)
    await confirm(right).expect(429)
    service.clock.advance(30_000)
    await ada.post(`/two-factor/authenticators/${enrolmentId}/resend`).expect(429)
  })
})

describe.each(BACKENDS)('an enrolment that is not confirmed, on %s', (backend) => {
  it('holds nobody: the next sign-in passes with the password', async () => {
    const service = openService(backend)
    const ada = request.agent(service.app)
    await signIn(ada, 'ada')
    await reauthenticate(ada, 'ada').expect(200)
    const { body } = await ada.post('/two-factor/authenticators').send({ factor: 'totp' }).expect(201)
    await ada.post('/two-factor/authenticators').send(PHONE).expect(201)
    await ada.post(`/two-factor/authenticators/${body.enrolmentId}/confirm`).send({ code: '000000' })
    const again = request.agent(service.app)
    await signIn(again, 'ada').expect(200, { next: '/' })
    await again.get('/account').expect(200)
    await ada.get('/account').expect(200)
  })

  it('of a second factor answers no sign-in that asks for the first', async () => {
    const service = openService(backend)
    const { agent } = await enrolTotp(service, 'ada')
    await reauthenticate(agent, 'ada').expect(200)
    const { body } = await agent.post('/two-factor/authenticators').send({ factor: 'totp' }).expect(201)
    service.clock.advance(60_000)
    await verify(await holdSession(service), codeFor(service, body.setupKey)).expect(401)
  })
})
