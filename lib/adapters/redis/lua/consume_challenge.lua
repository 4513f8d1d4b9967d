-- Consumes a challenge that is exactly the one taken, with all that a right answer brings: one racer wins.
-- KEYS: grants, slot, tallies, devices, successor of the handle.
-- ARGV: clock offset, handle, epoch, challenge, handle to issue (empty: none), its grant, the grant's end,
--   tallies to clear (JSON), device id (empty: none), device, the device's end.
-- Reply: consumed, stale, gone. Cost: O(1) and O(devices of the user) when a device is remembered.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000) + ARGV[1]
local grant, epoch = unpack(redis.call('HMGET', KEYS[1], ARGV[2], 'epoch'))
if (epoch or '') ~= ARGV[3] then return 'stale' end
if not grant or tonumber(grant:match('%d+')) <= now then return 'gone' end
if (redis.call('GET', KEYS[2]) or ''):match('".*') ~= ARGV[4] then return 'gone' end
redis.call('DEL', KEYS[2])
if ARGV[5] ~= '' then
  redis.call('HDEL', KEYS[1], ARGV[2])
  redis.call('HSET', KEYS[1], ARGV[5], ARGV[6])
  redis.call('SET', KEYS[5], ARGV[5], 'PX', 60000)
  redis.call('PEXPIRE', KEYS[1], math.max(redis.call('PTTL', KEYS[1]), ARGV[7] - now, 86400000))
end
for _, subject in ipairs(cjson.decode(ARGV[8])) do redis.call('HDEL', KEYS[3], subject) end
if ARGV[9] == '' then return 'consumed' end
local devices = redis.call('HGETALL', KEYS[4])
for at = 1, #devices, 2 do
  if tonumber(devices[at + 1]:match('%d+')) <= now then redis.call('HDEL', KEYS[4], devices[at]) end
end
redis.call('HSET', KEYS[4], ARGV[9], ARGV[10])
redis.call('PEXPIRE', KEYS[4], math.max(redis.call('PTTL', KEYS[4]), ARGV[11] - now))
return 'consumed'
