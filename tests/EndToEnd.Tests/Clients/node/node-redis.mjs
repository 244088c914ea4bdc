// node-redis against a server: node node-redis.mjs HOST PORT [2|3] (the RESP version). One line a check.
import assert from 'node:assert/strict';
import { createClient, WatchError } from 'redis';
import { check, finish, later } from './check.mjs';

const [host, port, resp] = [process.argv[2], Number(process.argv[3]), Number(process.argv[4] ?? 2)];
const open = async (options = {}) => {
  const client = createClient({ socket: { host, port }, RESP: resp, ...options });
  client.on('error', () => {});
  return await client.connect();
};
const redis = await open();

await check('set with options, get', async () => {
  await redis.set('{nr}:a', 'one', { expiration: { type: 'PX', value: 60000 } });
  assert.equal(await redis.get('{nr}:a'), 'one');
  assert.equal(await redis.set('{nr}:a', 'two', { condition: 'NX' }), null);
  assert.equal(await redis.set('{nr}:a', 'three', { condition: 'XX', GET: true }), 'one');
  assert.equal(await redis.getDel('{nr}:a'), 'three');
  assert.equal(await redis.exists('{nr}:a'), 0);
});

await check('commands sent in one tick travel together and answer in order', async () => {
  const answers = await Promise.all(Array.from({ length: 2000 }, (_, i) =>
    i % 2 === 0 ? redis.set(`{nr}:${i}`, `${i}`) : redis.get(`{nr}:${i - 1}`)));
  for (let i = 1; i < 2000; i += 2) assert.equal(answers[i], `${i - 1}`);
});

await check('hashes', async () => {
  await redis.hSet('{nr}:h', { a: '1', b: '2' });
  assert.deepEqual({ ...await redis.hGetAll('{nr}:h') }, { a: '1', b: '2' });
  assert.deepEqual(await redis.hmGet('{nr}:h', ['b', 'c']), ['2', null]);
  assert.equal(await redis.hDel('{nr}:h', 'a'), 1);
  assert.deepEqual(await redis.hKeys('{nr}:h'), ['b']);
  let fields = 0;
  for await (const page of redis.hScanIterator('{nr}:h')) fields += page.length;
  assert.equal(fields, 1);
});

await check('scan', async () => {
  await Promise.all(Array.from({ length: 300 }, (_, i) => redis.set(`{nr}:scan:${i}`, 'x')));
  const found = new Set();
  for await (const keys of redis.scanIterator({ MATCH: '{nr}:scan:*', COUNT: 20 })) keys.forEach(key => found.add(key));
  assert.equal(found.size, 300);
});

await check('multi and exec', async () => {
  const answers = await redis.multi().set('{nr}:m', '5').incrBy('{nr}:m', 2).get('{nr}:m').exec();
  assert.deepEqual(answers, ['OK', 7, '7']);
});

await check('watch', async () => {
  const other = await open();
  await redis.watch('{nr}:m');
  await other.set('{nr}:m', 'changed');
  await assert.rejects(redis.multi().set('{nr}:m', 'mine').exec(), WatchError);
  await other.close();
});

await check('expiry', async () => {
  await redis.set('{nr}:e', 'x');
  assert.equal(await redis.expire('{nr}:e', 100), 1);
  assert.equal(await redis.expire('{nr}:e', 50, 'GT'), 0);
  assert.ok(await redis.pTTL('{nr}:e') > 90000);
  assert.equal(await redis.persist('{nr}:e'), 1);
  assert.equal(await redis.ttl('{nr}:e'), -1);
});

await check('publish and subscribe', async () => {
  const subscriber = await open();
  const messages = [];
  await subscriber.subscribe('nr:news', message => messages.push(message));
  await subscriber.pSubscribe('nr:*', (message, channel) => messages.push(`${channel}=${message}`));
  await redis.publish('nr:news', 'hello');
  await later(() => messages.length === 2);
  assert.deepEqual(messages.sort(), ['hello', 'nr:news=hello']);
  await subscriber.unsubscribe('nr:news');
  await subscriber.pUnsubscribe('nr:*');
  await subscriber.close();
});

await check('types of answers', async () => {
  assert.equal(await redis.type('{nr}:h'), 'hash');
  assert.equal(await redis.type('{nr}:none'), 'none');
  const time = await redis.sendCommand(['TIME']);
  assert.equal(time.length, 2);
});

await check('reconnects', async () => {
  const victim = await open({ name: 'nr-victim' });
  const id = await victim.clientId();
  await redis.sendCommand(['CLIENT', 'KILL', 'ID', `${id}`]);
  await later(() => victim.isReady === false || victim.socketEpoch > 1);
  await later(() => victim.isReady);
  assert.equal(await victim.ping(), 'PONG');
  await victim.close();
});

await redis.close();
finish();
