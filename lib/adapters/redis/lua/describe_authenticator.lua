-- Renames an authenticator, or sets the method it prefers.
-- KEYS: authenticators. ARGV: id, then pairs of a part (label, method) and its new value.
-- Reply: described, gone. Cost: O(1), 3 commands.
if redis.call('HEXISTS', KEYS[1], 'uses:' .. ARGV[1]) == 0 then return 'gone' end
for at = 2, #ARGV, 2 do
  redis.call('HSET', KEYS[1], ARGV[at] .. ':' .. ARGV[1], ARGV[at + 1])
end
return 'described'
