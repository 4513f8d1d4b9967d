-- Ends one session: its grant and its challenge. One that had no grant will not be issued one that is on its way.
-- KEYS: grants, slot, successor of the handle. ARGV: handle.
-- Reply: ended, with the handle that the grant has moved on to (empty: none). Cost: O(1), 4 commands.
local had_grant = redis.call('HDEL', KEYS[1], ARGV[1]) == 1
redis.call('DEL', KEYS[2])
local successor = redis.call('GET', KEYS[3])
if successor and successor ~= '-' then return {'ended', successor} end
if not had_grant then redis.call('SET', KEYS[3], '-', 'PX', 60000) end
return {'ended', ''}
