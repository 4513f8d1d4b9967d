-- Recognises a device by its token and rotates it; a token that is neither the current one nor the one before,
-- within the overlap, gives the device up: two browsers hold it, and nobody can say which of them took it.
-- KEYS: devices, grants. ARGV: clock offset, id, next hash, overlap, presented hashes (JSON).
-- Reply: rotated or recognised, with end and epoch of the user; reused; unknown. Cost: O(presented hashes), 4 commands.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000) + ARGV[1]
local packed = redis.call('HGET', KEYS[1], ARGV[2])
if not packed then return {'unknown'} end
local ends_at, life, rotated, hash, previous, name = packed:match('^(%d+),(%d+),(%d*),%d*,([^,]*),([^,]*),(.*)$')
if tonumber(ends_at) <= now then
  redis.call('HDEL', KEYS[1], ARGV[2])
  return {'unknown'}
end
local created_at = ends_at - life
for _, presented in ipairs(cjson.decode(ARGV[5])) do
  if presented == hash then
    packed = table.concat({ends_at, life, now - created_at, '', ARGV[3], hash, name}, ',')
    redis.call('HSET', KEYS[1], ARGV[2], packed)
    return {'rotated', ends_at, redis.call('HGET', KEYS[2], 'epoch') or ''}
  end
  local rotated_at = created_at + (tonumber(rotated) or 0)
  if presented == previous and now - rotated_at <= tonumber(ARGV[4]) then
    return {'recognised', ends_at, redis.call('HGET', KEYS[2], 'epoch') or ''}
  end
end
redis.call('HDEL', KEYS[1], ARGV[2])
return {'reused'}
