// Two memcached clients of the npm registry against a server: node memcached.mjs HOST PORT. One line a check.
import assert from 'node:assert/strict';
import net from 'node:net';
import { promisify } from 'node:util';
import Memcached from 'memcached';
import { MemcacheClient } from 'memcache-client';
import { check, finish, later } from './check.mjs';

const server = `${process.argv[2]}:${process.argv[3]}`;
const client = new Memcached(server, { poolSize: 4, retries: 1, reconnect: 100, maxValue: 8 << 20 });
const call = (name, ...args) => promisify(client[name]).apply(client, args);

await check('memcached: set, get, delete', async () => {
  assert.equal(await call('set', 'mc-a', 'one', 60), true);
  assert.equal(await call('get', 'mc-a'), 'one');
  assert.equal(await call('del', 'mc-a'), true);
  assert.equal(await call('get', 'mc-a'), undefined);
});

await check('memcached: flags carry types', async () => {
  await call('set', 'mc-json', { name: 'ada', born: 1815 }, 60);
  assert.deepEqual(await call('get', 'mc-json'), { name: 'ada', born: 1815 });
  await call('set', 'mc-bytes', Buffer.from([0, 1, 13, 10, 255]), 60);
  assert.deepEqual(await call('get', 'mc-bytes'), Buffer.from([0, 1, 13, 10, 255]));
});

await check('memcached: add, replace, append, prepend', async () => {
  assert.equal(await call('add', 'mc-b', 'm', 60), true);
  await assert.rejects(call('add', 'mc-b', 'n', 60));
  await call('append', 'mc-b', '>');
  await call('prepend', 'mc-b', '<');
  assert.equal(await call('get', 'mc-b'), '<m>');
  assert.equal(await call('replace', 'mc-b', 'new', 60), true);
  await call('del', 'mc-b');
});

await check('memcached: compare and set', async () => {
  await call('set', 'mc-cas', 'one', 60);
  const { cas } = await call('gets', 'mc-cas');
  assert.equal(await call('cas', 'mc-cas', 'two', cas, 60), true);
  assert.equal(await call('cas', 'mc-cas', 'three', cas, 60), false);
  assert.equal(await call('get', 'mc-cas'), 'two');
});

await check('memcached: counters', async () => {
  await call('set', 'mc-n', '10', 60);
  const sums = await Promise.all(Array.from({ length: 50 }, () => call('incr', 'mc-n', 2)));
  assert.equal(Math.max(...sums), 110);
  assert.equal(await call('decr', 'mc-n', 1000), 0);
});

await check('memcached: many keys at once', async () => {
  await Promise.all(Array.from({ length: 200 }, (_, i) => call('set', `mc-${i}`, `v${i}`, 60)));
  const found = await call('getMulti', Array.from({ length: 200 }, (_, i) => `mc-${i}`));
  assert.equal(Object.keys(found).length, 200);
  assert.equal(found['mc-77'], 'v77');
});

await check('memcached: a large value', async () => {
  const big = 'x'.repeat(900_000);
  await call('set', 'mc-big', big, 60);
  assert.equal(await call('get', 'mc-big'), big);
});

await check('memcached: version and stats', async () => {
  const [version] = await call('version');
  assert.ok(version.version);
  const [stats] = await call('stats');
  assert.ok(Number(stats.cmd_get) > 0);
  assert.ok(Number(stats.curr_items) > 0);
});

await check('memcached: touch and expiry', async () => {
  await call('set', 'mc-t', 'x', 60);
  assert.equal(await call('touch', 'mc-t', 100), true);
  assert.equal(await call('set', 'mc-soon', 'x', 1), true);
  let gone = false;
  for (let tries = 0; tries < 40 && !gone; tries++) {
    await new Promise(resolve => setTimeout(resolve, 100));
    gone = await call('get', 'mc-soon') === undefined;
  }

  assert.ok(gone, 'expired within 4 seconds');
});

await check('memcached: goes on after its connections broke', async () => {
  const through = new Set();
  const between = net.createServer(near => {
    const far = net.connect(Number(process.argv[3]), process.argv[2]);
    through.add(near);
    near.on('error', () => {}).on('close', () => far.destroy()).pipe(far);
    far.on('error', () => {}).on('close', () => near.destroy()).pipe(near);
  });
  await new Promise(resolve => between.listen(0, '127.0.0.1', resolve));
  const address = `127.0.0.1:${between.address().port}`;
  const broken = new Memcached(address, { retries: 1, reconnect: 100, retry: 100, timeout: 1000 });
  const ask = (name, ...args) => promisify(broken[name]).apply(broken, args);
  assert.equal(await ask('set', 'mc-broken', 'still there', 60), true);
  const connections = through.size;
  for (const near of through) near.destroy();
  let found;
  for (let tries = 0; tries < 300 && found === undefined; tries++) {
    // It does not call back for what was asked on a connection that broke before it saw that.
    const pause = new Promise(resolve => setTimeout(resolve, 200));
    found = await Promise.race([ask('get', 'mc-broken').catch(() => pause), pause]);
  }

  assert.equal(found, 'still there');
  assert.ok(through.size > connections, 'it connected again');
  broken.end();
  between.close();
});

await check('memcache-client: pipelined sets and gets', async () => {
  const other = new MemcacheClient({ server, ignoreNotStored: true });
  await Promise.all(Array.from({ length: 500 }, (_, i) => other.set(`mcc-${i}`, `v${i}`)));
  const values = await Promise.all(Array.from({ length: 500 }, (_, i) => other.get(`mcc-${i}`)));
  for (let i = 0; i < 500; i++) assert.equal(values[i].value, `v${i}`);
  other.shutdown();
  await later(() => true);
});

client.end();
finish();
