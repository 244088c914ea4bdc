// What the client scripts share: named checks, a bounded wait for something that comes by itself, and the exit status.
let failed = 0;

export async function check(name, body) {
  try {
    await body();
    console.log(`ok   ${name}`);
  } catch (error) {
    failed++;
    console.log(`FAIL ${name}: ${error.stack ?? error}`);
  }
}

export async function later(condition) {
  for (let tries = 0; tries < 6000; tries++) {
    if (condition()) return;
    await new Promise(resolve => setTimeout(resolve, 10));
  }

  throw new Error('did not happen within a minute');
}

export function finish() {
  process.exit(failed === 0 ? 0 : 1);
}
