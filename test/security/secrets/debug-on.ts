/** Before all other imports: what prints for debugging reads this as it loads. Vonage's SDK is refused it by the package. */
process.env.DEBUG = '*,-vonage:*'

export {}
