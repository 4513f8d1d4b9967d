/** Random sequences of everything a user, a thief and support can do, on the in-process adapters. */
import { openMemory } from './grounds'
import { playSequences } from './run'

it('whatever is done in whatever order, what must not happen does not', async () => {
  await playSequences(openMemory, { sequences: 24, steps: 30, limitMs: 30_000 })
}, 120_000)
