/**
 * A31. The attacker has no first factor and wants the owner out: he sends wrong passwords and wrong codes without a
 * session, or from an account of his own, until something of the owner's locks, or the code the owner waits for dies.
 * What must happen: impossible; and the owner whose phone somebody with the password did lock gets in by recovery code.
 */
import request from 'supertest'
import { codeFor, enrolPhone, enrolTotp, reauthenticate, signIn, type TestAgent } from '../support/journeys'
import { BACKENDS, burst, holdSession, openService, verify } from '../support/security'

describe.each(BACKENDS)('somebody without the first factor, on %s', (backend) => {
  it('locks nothing of the owner, and kills no code that is waited for', async () => {
    const service = openService(backend)
    await enrolPhone(service, 'ada')
    const ada = await holdSession(service)
    const code = service.phone.codeFor()
    const { agent: mallory } = await enrolTotp(service, 'bob')
    await burst(30, () => request(service.app).post('/login').send({ email: 'ada@example.com', password: 'wrong' }))
    await burst(30, () =>
      request(service.app).post('/two-factor/challenge/verify').send({ code: '123456', userId: 'user-ada' }),
    )
    await mallory.post('/two-factor/challenge').send({ userId: 'user-ada' }).expect(201)
    for (let at = 0; at < 5; at += 1) await verify(mallory, '123456')
    for (let at = 0; at < 12; at += 1) await reauthenticate(mallory, 'ada')
    expect(service.phone.codeFor()).toBe(code)
    await verify(ada, code).expect(200)
  })

  it('in the session of the owner, by wrong passwords, locks the password again and no sign-in', async () => {
    const service = openService(backend)
    const { agent, setupKey } = await enrolTotp(service, 'ada')
    for (let at = 0; at < 10; at += 1) {
      await agent
        .post('/two-factor/reauthenticate')
        .send({ username: 'ada@example.com', password: 'wrong' })
        .expect(401)
    }
    expect((await reauthenticate(agent, 'ada').expect(429)).body.code).toBe('ERR_TFA_LOCKED')
    const ada = await holdSession(service)
    service.clock.advance(30_000)
    await verify(ada, codeFor(service, setupKey)).expect(200)
  })
})

describe.each(BACKENDS)('somebody with the password, on %s', (backend) => {
  it('kills no code of the session that waits for it, and the owner of a locked phone gets in by recovery code', async () => {
    const service = openService(backend, { sendBudgets: [{ points: 100, windowMs: 60_000 }] })
    const { recoveryCodes } = await enrolPhone(service, 'ada')
    const ada = await holdSession(service)
    const code = service.phone.codeFor()
    const thief = request.agent(service.app)
    await signIn(thief, 'ada').expect(200)
    expect(service.phone.codeFor()).not.toBe(code)
    for (let at = 0; at < 4; at += 1) await verify(thief, code === '111111' ? '222222' : '111111').expect(401)
    await verify(ada, code).expect(200)
    const wrong = (now: string | undefined) => (now === '111111' ? '222222' : '111111')
    const late = [await holdSession(service), await holdSession(service)]
    for (let at = 0; at < 10; at += 1)
      await verify(late[at % 2] as TestAgent, wrong(service.phone.codeFor())).expect(401)
    const owner = await holdSession(service)
    await owner.post('/two-factor/challenge').send({ method: 'sms' }).expect(429)
    await verify(owner, recoveryCodes[0]).expect(200)
  })
})
