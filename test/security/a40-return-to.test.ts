/**
 * A40. The attacker sends the victim a link to a page of ours that is held; after the code the browser goes where the link
 * says: to a copy of our site that asks for the code once more.
 * What must happen: only a path of this origin is kept, by whatever road it comes; anything else becomes `/`.
 */
import { request as send } from 'node:http'
import request from 'supertest'
import { PASSWORD } from '../support/app'
import { codeFor, enrolTotp, reauthenticate, signIn } from '../support/journeys'
import { answerWith, holdCookie, listen, openService, portOf, sessionCookieOf } from '../support/security'

const HTML = { Accept: 'text/html' }
/** Sent as they are: a client library would tidy them up. */
const PATHS = [
  '//evil.example',
  '///evil.example',
  '/\\evil.example',
  '/\\/evil.example',
  '//evil.example/%2f..',
  '/x%0d%0aSet-Cookie:a=b',
  '/x%0D%0A',
  '/a\\b',
  '/\\@evil.example',
  'https://evil.example/account',
  'http://evil.example//x',
]
/** No request line that Node's parser lets through; refused before anything of ours runs. */
const UNPARSED = ['https:evil.example', 'javascript:alert(1)', '/x\r\nSet-Cookie: a=b']

function getRaw(port: number, path: string, cookie: string): Promise<{ status: number; location: string }> {
  return new Promise((resolve, reject) => {
    const asked = send({ host: '127.0.0.1', port, path, headers: { ...HTML, Cookie: cookie } }, (answer) => {
      answer.resume()
      resolve({ status: answer.statusCode as number, location: String(answer.headers.location ?? '') })
    })
    asked.on('error', reject).end()
  })
}

describe('a held page', () => {
  it.each(PATHS)('asked for as %s leads to `/` after the code', async (path) => {
    const service = openService()
    const { setupKey } = await enrolTotp(service, 'ada')
    const server = await listen(service.app)
    const cookie = sessionCookieOf(
      await request(server).post('/login').send({ email: 'ada@example.com', password: PASSWORD }),
    )
    const held = await getRaw(portOf(server), path, cookie)
    expect(held).toEqual({ status: 303, location: '/two-factor/challenge' })
    service.clock.advance(30_000)
    const answer = request(server)
      .post('/two-factor/challenge/verify')
      .set({ ...HTML, Cookie: cookie })
      .type('form')
    await answer
      .send({ code: codeFor(service, setupKey) })
      .expect(303)
      .expect('Location', '/')
  })

  it.each(UNPARSED)('asked for as %j is refused by the server, and nothing of it is kept', async (path) => {
    const service = openService()
    const { setupKey } = await enrolTotp(service, 'ada')
    const server = await listen(service.app)
    const cookie = await holdCookie(server)
    const asked = await getRaw(portOf(server), path, cookie).catch(({ code }) => ({ status: code, location: '' }))
    expect([400, 'ERR_UNESCAPED_CHARACTERS']).toContain(asked.status)
    service.clock.advance(30_000)
    const { body } = await answerWith(server, cookie, codeFor(service, setupKey)).expect(200)
    expect(body.returnTo).toBe('/')
  })

  it('of our own is come back to, query included', async () => {
    const service = openService()
    const { setupKey } = await enrolTotp(service, 'ada')
    const ada = request.agent(service.app)
    await signIn(ada, 'ada')
    await ada.get('/account?next=//evil.example').set(HTML).expect(303)
    service.clock.advance(30_000)
    const { body } = await ada
      .post('/two-factor/challenge/verify')
      .send({ code: codeFor(service, setupKey) })
      .expect(200)
    expect(body.returnTo).toBe('/account?next=//evil.example')
  })
})

describe('a field or header that says where to go', () => {
  const ELSEWHERE = [
    '//evil.example',
    '/\\evil.example',
    'https:evil.example',
    'https://evil.example',
    'javascript:alert(1)',
    '/two-factor\\..\\',
    '/two-factor/%0d%0aX:y',
    '/account',
    ['/two-factor/setup'],
    '/two-factorevil',
    ' /two-factor',
  ]

  it.each(ELSEWHERE)('%p leads to the settings after the password again', async (next) => {
    const service = openService()
    const { agent } = await enrolTotp(service, 'ada')
    const answer = agent
      .post('/two-factor/reauthenticate')
      .set(HTML)
      .send({ username: 'ada@example.com', password: PASSWORD, next })
    const { status, headers } = await answer
    expect([303, 400]).toContain(status)
    expect(headers.location ?? '/two-factor').toBe('/two-factor')
  })

  it.each([
    'https://evil.example/x',
    'javascript:1',
    'http://localhost//evil.example',
    'http://localhost/\\evil',
    '://',
  ])('Referer %s is not come back to after a step-up', async (referrer) => {
    const service = openService()
    const { agent, setupKey } = await enrolTotp(service, 'ada')
    service.clock.advance(120_000)
    await agent
      .post('/email')
      .set(HTML)
      .set('Referer', referrer)
      .expect(303)
      .expect('Location', '/two-factor/challenge')
    await agent.post('/two-factor/challenge').send({}).expect(201)
    const { body } = await agent
      .post('/two-factor/challenge/verify')
      .send({ code: codeFor(service, setupKey) })
      .expect(200)
    expect(body.returnTo).toBe('/')
  })

  it('in the query or body of verify is not looked at', async () => {
    const service = openService()
    const { setupKey } = await enrolTotp(service, 'ada')
    const ada = request.agent(service.app)
    await signIn(ada, 'ada')
    await reauthenticate(ada, 'ada').expect(401)
    service.clock.advance(30_000)
    const answer = { code: codeFor(service, setupKey), returnTo: 'https://evil.example', next: '//evil.example' }
    const { body } = await ada
      .post('/two-factor/challenge/verify?returnTo=//evil.example&next=//evil.example')
      .send(answer)
      .expect(200)
    expect(body.returnTo).toBe('/')
  })
})
