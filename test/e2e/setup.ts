// Runs once around all end-to-end tests. BULKHEAD_KEEP=1 leaves the cluster standing, to look at what a test left behind.
import { say } from '../cluster/progress.ts';
import { bringUp, takeDown } from './facility.ts';

export async function setup(): Promise<void> {
  const began = Date.now();
  await bringUp();
  say(`the facility stands after ${Math.round((Date.now() - began) / 1000)} s`);
}

export async function teardown(): Promise<void> {
  if (process.env.BULKHEAD_KEEP) say('BULKHEAD_KEEP is set: the cluster "e2e" stays; npm run cluster -- down --name e2e');
  else await takeDown();
}
