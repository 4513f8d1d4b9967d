-- Accepts a right code: claims its time step or its hash, resets the failures, notes the use. One racer wins.
-- KEYS: authenticators. ARGV: id, now, step (empty: none), secret sealed anew (empty: keep), code's hash (empty: none).
-- Reply: accepted, refused. Cost: O(1), 5 commands.
local uses = redis.call('HGET', KEYS[1], 'uses:' .. ARGV[1])
if not uses then return 'refused' end
local step = uses:match('^[^:]*')
-- RFC 6238 §5.2: a step, once accepted, is never accepted again, nor is an earlier one.
if ARGV[3] ~= '' and tonumber(ARGV[3]) <= tonumber(step) then return 'refused' end
if ARGV[3] ~= '' then step = ARGV[3] end
if ARGV[5] ~= '' then
  local accepted = cjson.decode(redis.call('HGET', KEYS[1], 'accepted:' .. ARGV[1]) or '[]')
  for _, hash in ipairs(accepted) do if hash == ARGV[5] then return 'refused' end end
  if #accepted >= 32 then table.remove(accepted, 1) end
  table.insert(accepted, ARGV[5])
  redis.call('HSET', KEYS[1], 'accepted:' .. ARGV[1], cjson.encode(accepted))
end
redis.call('HSET', KEYS[1], 'uses:' .. ARGV[1], step .. ':0:' .. ARGV[2])
if ARGV[4] ~= '' then redis.call('HSET', KEYS[1], 'sealed:' .. ARGV[1], ARGV[4]) end
return 'accepted'
