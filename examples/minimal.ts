import { randomBytes } from 'node:crypto'
import express, { urlencoded } from 'express'
import session from 'express-session'
import { createTwoFactor } from 'express-two-factor'
import { memoryAuthenticators, memoryStore } from 'express-two-factor/memory'
import passport from 'passport'
import { Strategy } from 'passport-local'

const { PORT = '3000' } = process.env
const isAda = (name: string, password: string) => name === 'ada' && password === 'correct horse battery staple'
passport.use(new Strategy((name, password, done) => done(null, isAda(name, password) && { id: 'ada' })))
passport.serializeUser((_user, done) => done(null, 'ada'))
passport.deserializeUser((id, done) => done(null, { id }))
const twoFactor = createTwoFactor({
  issuer: 'Acme',
  origin: `http://localhost:${PORT}`,
  keys: [randomBytes(32).toString('base64')],
  store: memoryStore(),
  authenticators: memoryAuthenticators(),
  reauthenticate: (_req, { username, password }) => (isAda(username, password) ? 'ada' : null),
})
const app = express()
app.use(session({ secret: randomBytes(32).toString('hex'), resave: false, saveUninitialized: false }))
app.use(passport.session())
app.get('/login', (_, res) => res.send('<form method="post"><input name="username"><input name="password"><button>'))
app.post('/login', urlencoded(), passport.authenticate('local'), twoFactor.signIn(), (_, res) => res.redirect('/'))
app.use(twoFactor.router(), twoFactor.gate())
app.get('/', (req, res) => res.send(req.user ? '<a href="/two-factor">Two-factor</a>' : '<a href="/login">Sign in'))
app.listen(Number(PORT), '127.0.0.1', () => console.log(`listening http://127.0.0.1:${PORT}`))
