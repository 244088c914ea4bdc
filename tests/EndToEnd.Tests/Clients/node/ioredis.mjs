// ioredis against a server: node ioredis.mjs HOST PORT. Prints one line a check; the exit code is 1 if one failed.
import assert from 'node:assert/strict';
import Redis from 'ioredis';
import { check, finish, later } from './check.mjs';

const [host, port] = [process.argv[2], Number(process.argv[3])];
const open = (options = {}) => new Redis({ host, port, ...options });
const redis = open();

await check('set, get, expiry', async () => {
  assert.equal(await redis.set('{io}:a', 'one', 'EX', 60), 'OK');
  assert.equal(await redis.get('{io}:a'), 'one');
  assert.ok(await redis.ttl('{io}:a') > 50);
  assert.equal(await redis.set('{io}:a', 'two', 'NX'), null);
  assert.equal(await redis.get('{io}:none'), null);
});

await check('binary values', async () => {
  const bytes = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
  await redis.set('{io}:bytes', bytes);
  assert.deepEqual(await redis.getBuffer('{io}:bytes'), bytes);
});

await check('a value of 8 MiB', async () => {
  const big = Buffer.alloc(8 << 20, 'x');
  await redis.set('{io}:big', big);
  assert.equal((await redis.getBuffer('{io}:big')).compare(big), 0);
  assert.equal(await redis.strlen('{io}:big'), 8 << 20);
});

await check('a pipeline of 10,000 commands', async () => {
  const pipeline = redis.pipeline();
  for (let i = 0; i < 5000; i++) pipeline.set(`{io}:p${i}`, `v${i}`).get(`{io}:p${i}`);
  const results = await pipeline.exec();
  assert.equal(results.length, 10000);
  for (let i = 0; i < 5000; i++) assert.equal(results[2 * i + 1][1], `v${i}`);
});

await check('many keys at once', async () => {
  await redis.mset('{io}:m1', '1', '{io}:m2', '2');
  assert.deepEqual(await redis.mget('{io}:m1', '{io}:none', '{io}:m2'), ['1', null, '2']);
  assert.equal(await redis.del('{io}:m1', '{io}:m2', '{io}:none'), 2);
});

await check('hashes', async () => {
  await redis.hset('{io}:h', { name: 'ada', born: 1815 });
  assert.deepEqual(await redis.hgetall('{io}:h'), { name: 'ada', born: '1815' });
  assert.equal(await redis.hincrby('{io}:h', 'born', 5), 1820);
  assert.deepEqual(await redis.hmget('{io}:h', 'name', 'none'), ['ada', null]);
});

await check('counters', async () => {
  await redis.del('{io}:n');
  const sums = await Promise.all(Array.from({ length: 100 }, () => redis.incr('{io}:n')));
  assert.deepEqual(sums.sort((a, b) => a - b), Array.from({ length: 100 }, (_, i) => i + 1));
  assert.equal(await redis.incrbyfloat('{io}:f', 0.5), '0.5');
});

await check('scan finds every key', async () => {
  const keys = Array.from({ length: 500 }, (_, i) => `{io}:scan:${i}`);
  await Promise.all(keys.map(key => redis.set(key, 'x')));
  const found = new Set();
  for await (const page of redis.scanStream({ match: '{io}:scan:*', count: 50 })) page.forEach(key => found.add(key));
  assert.equal(found.size, 500);
});

await check('a transaction', async () => {
  const results = await redis.multi().set('{io}:t', '1').incr('{io}:t').get('{io}:t').exec();
  assert.deepEqual(results.map(([, value]) => value), ['OK', 2, '2']);
});

await check('a watched key that changes stops the transaction', async () => {
  const other = open();
  await redis.watch('{io}:t');
  await other.set('{io}:t', '99');
  assert.equal(await redis.multi().set('{io}:t', '3').exec(), null);
  assert.equal(await redis.get('{io}:t'), '99');
  other.disconnect();
});

await check('publish and subscribe', async () => {
  const subscriber = open();
  const messages = [];
  subscriber.on('message', (channel, message) => messages.push(`${channel}=${message}`));
  subscriber.on('pmessage', (pattern, channel, message) => messages.push(`${pattern}:${channel}=${message}`));
  await subscriber.subscribe('io:news');
  await subscriber.psubscribe('io:n*');
  assert.equal(await redis.publish('io:news', 'hello'), 2);
  await later(() => messages.length === 2);
  assert.deepEqual(messages.sort(), ['io:n*:io:news=hello', 'io:news=hello']);
  await subscriber.unsubscribe('io:news');
  await subscriber.punsubscribe('io:n*');
  assert.equal(await redis.publish('io:news', 'nobody'), 0);
  subscriber.disconnect();
});

await check('errors are Redis’s own', async () => {
  await redis.set('{io}:a', 'text');
  await assert.rejects(redis.incr('{io}:a'), /ERR value is not an integer or out of range/);
  await assert.rejects(redis.hget('{io}:a', 'f'), /WRONGTYPE Operation against a key holding the wrong kind of value/);
  await assert.rejects(redis.call('NOSUCH', 'x'), /ERR unknown command/);
});

await check('a connection that was killed comes back', async () => {
  const victim = open({ connectionName: 'victim', retryStrategy: () => 50 });
  await victim.set('{io}:r', 'before');
  const line = (await redis.client('LIST')).split('\n').find(l => l.includes('name=victim'));
  const id = /(?:^|\s)id=(\d+)/.exec(line)[1];
  const again = new Promise(resolve => victim.once('close', () => victim.once('ready', resolve)));
  assert.equal(Number(await redis.client('KILL', 'ID', id)), 1);
  await again;
  assert.equal(await victim.get('{io}:r'), 'before');
  victim.disconnect();
});

redis.disconnect();
finish();
