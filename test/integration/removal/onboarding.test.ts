// What it costs the API server to onboard labs, by its own audit log: every object is written once, and once all is settled the operator is silent.
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { operatorNamespaceDefault, operatorUser } from '../../../src/api/names.ts';
import { makeWalledLab } from '../../attacks/node/walledlab.ts';
import { AuditLog, isWork, isWrite, type Request } from '../../bench/auditlog.ts';
import { type Stage, setStage } from './stage.ts';

let stage: Stage;
/** Requests of the operator from its first lab on, until it was quiet. */
let requests: Request[];
/** And after that. */
let later: Request[];
const quietMs = 4000;
const settledMs = 16_000;

beforeAll(async () => {
  stage = await setStage(); // labs with members, roots and quotas
  await makeWalledLab(stage); // one with an application, its database, a workspace, a grant given and one received
  const audit = new AuditLog(stage.plane.auditLog);
  const ofOperator = async () =>
    (await audit.read()).filter((request) => request.user === operatorUser(operatorNamespaceDefault) && isWork(request));
  requests = await ofOperator();
  for (let since = Date.now(); Date.now() - since < quietMs; await delay(200)) {
    const more = await ofOperator();
    if (more.length > 0) since = Date.now();
    requests.push(...more);
  }
  await delay(settledMs);
  later = await ofOperator();
});
afterAll(() => stage?.close());

const done = (request: Request) => isWrite(request) && request.code < 300;
/** The objects that people write; the operator adds its finalizer and the status. */
const ofPeople = ['labs', 'processinginstances', 'datagrants'];

/** `resource object` of what was written more often than it may be, with how often. */
function writtenMoreThan(limit: number, isMeant: (request: Request) => boolean): Record<string, number> {
  const counts = new Map<string, number>();
  for (const { resource, object } of requests.filter((request) => done(request) && isMeant(request))) {
    const what = `${resource} ${object}`;
    counts.set(what, (counts.get(what) ?? 0) + 1);
  }
  expect(counts.size).toBeGreaterThan(0);
  return Object.fromEntries([...counts].filter(([, times]) => times > limit));
}

/** What grows with the instances and grants that are made after their lab: once for the lab, and once for each of them. Three came at once here. What
 *  applications read of a lab names its grants, those that it got, and what the operator records. */
const growing: Record<string, number> = {
  'labpolicies lab-walled/policy': 4,
  'resourcequotas lab-walled/bulkhead': 2,
  'configmaps lab-walled/access-policy': 4,
  'configmaps lab-microscopy/access-policy': 2,
  'configmaps lab-smith/access-policy': 2,
};

test('every child is written once; only what follows from later instances and grants is written again, once for each', () => {
  const again = writtenMoreThan(1, ({ resource }) => !ofPeople.includes(resource.split('/')[0]!) && resource !== 'events');
  expect(Object.entries(again).filter(([what, times]) => times > (growing[what] ?? 1))).toEqual([]);
});

test('a Lab, an instance and a grant get their finalizer by one write', () => {
  expect(writtenMoreThan(1, ({ resource }) => ofPeople.includes(resource))).toEqual({});
});

test('a status is written a few times on the way to Ready', () => {
  expect(writtenMoreThan(8, ({ resource }) => resource.endsWith('/status'))).toEqual({});
});

test('when all is settled there is no request at all', () => {
  expect(later.map(({ verb, resource, object }) => `${verb} ${resource} ${object}`)).toEqual([]);
});
