/** The same sequences with every record in Redis: two processes, each with a connection and scripts of its own. */
import { openRedis } from '../support/security'
import { openOnRedis } from './grounds'
import { playSequences } from './run'

it('whatever is done in whatever order, what must not happen does not', async () => {
  const clients = [openRedis(), openRedis()] as const
  await playSequences(() => openOnRedis(clients), { sequences: 10, steps: 30, limitMs: 30_000 })
}, 120_000)
