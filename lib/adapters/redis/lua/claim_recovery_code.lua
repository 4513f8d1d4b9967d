-- Takes a recovery code out of the user's unused ones: one racer gets it.
-- KEYS: authenticators. ARGV: hashes of the code, one per key of the ring (JSON).
-- Reply: claimed, refused. Cost: O(hashes × recovery codes), 2 commands.
local packed = redis.call('HGET', KEYS[1], 'recovery-codes')
if not packed then return 'refused' end
-- How many there were at first, then the hashes of those not used yet.
local codes = cjson.decode(packed)
for _, hash in ipairs(cjson.decode(ARGV[1])) do
  for at = 2, #codes do
    if codes[at] == hash then
      table.remove(codes, at)
      redis.call('HSET', KEYS[1], 'recovery-codes', cjson.encode(codes))
      return 'claimed'
    end
  end
end
return 'refused'
