import { type Sample, startSample } from './start'

/** Whatever keeps it from starting is told in one line: what was read from the environment must not end up in a dump. */
function fail(error: unknown): never {
  console.error(error instanceof Error ? error.message.split('\n')[0] : 'the sample could not be started')
  process.exit(1)
}

/** Announced at once, so that whoever waits for the first line has all of them. */
function announce({ url, accounts }: Sample): void {
  console.log([`listening ${url}`, ...accounts].join('\n'))
}

const starting = startSample(process.env)
let isStopping = false

/** The second signal is ignored: what is being answered still gets its answer. */
async function stop(): Promise<void> {
  if (isStopping) return
  isStopping = true
  await (await starting).close()
  process.exit(0)
}

process.on('SIGTERM', stop)
process.on('SIGINT', stop)
starting.then(announce, fail)
