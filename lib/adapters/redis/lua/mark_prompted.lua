-- Notes the first prompt once; later ones change nothing.
-- KEYS: authenticators. ARGV: now.
-- Reply: prompted + the date that stands. Cost: O(1), 2 commands.
redis.call('HSETNX', KEYS[1], 'prompted-at', ARGV[1])
return {'prompted', redis.call('HGET', KEYS[1], 'prompted-at')}
