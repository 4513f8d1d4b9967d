/**
 * The old password, all the time: a sign-in that read the old hash before the change gets its grant after the second
 * invalidate(), and goes on for twelve hours. The row says "signs out everywhere".
 */
import request from 'supertest'
import { type SampleHere, startHere } from '../running'

const [OLD, NEW] = ['old password 1', 'new password 2']
let sample: SampleHere
beforeAll(async () => {
  sample = await startHere()
})
afterAll(() => sample.close())

async function register(email: string) {
  await request(sample.url).post('/register').send({ email, password: OLD }).expect(201)
  const owner = request.agent(sample.url)
  await owner.post('/login').send({ email, password: OLD }).expect(200)
  return owner
}

it('leaves nobody in the account who signed in with the password from before', async () => {
  const email = 'raced@example.com'
  const owner = await register(email)
  let isOver = false
  const thieves: ReturnType<typeof request.agent>[] = []
  const hammer = async () => {
    while (!isOver) {
      const thief = request.agent(sample.url)
      if ((await thief.post('/login').send({ email, password: OLD })).status === 200) thieves.push(thief)
    }
  }
  const hammering = [hammer(), hammer(), hammer(), hammer()]
  await owner.post('/account/password').send({ current: OLD, password: NEW }).expect(204)
  isOver = true
  await Promise.all(hammering)
  const pages = await Promise.all(thieves.map((thief) => thief.get('/account')))
  expect(pages.map(({ status }) => status)).not.toContain(200)
})

it('lets a session guess the current password no oftener than the package does', async () => {
  const owner = await register('guessed@example.com')
  const statuses: number[] = []
  for (let at = 0; at < 30; at += 1) {
    statuses.push((await owner.post('/account/password').send({ current: `guess ${at}`, password: NEW })).status)
  }
  expect(statuses).toContain(429)
})
