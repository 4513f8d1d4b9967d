export default async function stopServices(): Promise<void> {
  await Promise.all([globalThis.redisOfThisRun?.stop(), globalThis.clusterOfThisRun?.stop()])
}
