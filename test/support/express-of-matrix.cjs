// Loaded before everything else: processes that the tests start get the Express under test too.
const { Module } = require('node:module')

const resolve = Module._resolveFilename
const folder = process.env.TEST_EXPRESS

Module._resolveFilename = function (name, ...rest) {
  return resolve.call(this, folder && name === 'express' ? folder : name, ...rest)
}
