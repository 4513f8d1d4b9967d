// PGlite imports parts of itself as it starts, which the sandbox of a test file cannot: it runs in a thread of its own.
const { parentPort } = require('node:worker_threads')
const { PGlite } = require('@electric-sql/pglite')

const started = PGlite.create()

parentPort.on('message', async ({ id, text, params }) => {
  try {
    const { rows } = await (await started).query(text, params)
    parentPort.postMessage({ id, rows })
  } catch (error) {
    parentPort.postMessage({ id, failure: { message: error.message, code: error.code } })
  }
})
