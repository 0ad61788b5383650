// How fast the access model decides and changes, and what it takes: 1,000 labs with 20 members and 20 grants each. No cluster, one process.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { can } from '../../src/access/can.ts';
import type { GrantFacts, LabFacts } from '../../src/access/facts.ts';
import { emptyModel } from '../../src/access/follow.ts';
import { decideMount } from '../../src/access/instance.ts';
import type { AccessModel } from '../../src/access/model.ts';
import { whoCan } from '../../src/access/who.ts';

const [labs, members, grants] = [1000, 20, 20];
const at = Date.parse('2026-05-12T08:00:00Z');
const labName = (lab: number) => `lab${lab % labs}`;
const userName = (lab: number, member: number) => `user${member % members}@lab${lab % labs}.example`;

const labFacts = (lab: number): LabFacts => ({
  name: labName(lab),
  members: Array.from({ length: members }, (_, member) => ({
    user: userName(lab, member),
    roles: [member === 0 ? 'full-read-write' : 'basic-read-write'],
  })),
  groups: [{ name: 'readers', users: [userName(lab, 1), userName(lab, 2)], externalGroups: [`oidc:lab${lab}`], roles: [] }],
  defaultRoles: [],
  newDataRole: 'full-read-write',
  visibility: 'Lab',
  userRoot: 'users',
  groupDelegation: true,
  allowAnonymous: false,
  inactivity: [{ group: 'readers', maxMs: 90 * 86_400_000, contacts: [] }],
});

/** To the next labs, one in five a restriction, one in ten of derived data. */
const grantFacts = (lab: number, grant: number): GrantFacts => ({
  lab: labName(lab),
  name: `grant${grant}`,
  volume: 'projects',
  paths: [[`p${grant}`, 'raw']],
  effect: grant % 5 === 0 ? 'Restrict' : 'Allow',
  subjects: [
    { kind: 'Lab', name: labName(lab + grant) },
    ...(grant % 5 === 0 ? [] : [{ kind: 'Group' as const, name: `${labName(lab + grant + 1)}/readers` }]),
  ],
  roles: grant % 5 === 0 ? [] : ['read-only'],
  permissions: [],
  expiresAt: at + 86_400_000,
  derivedFrom: grant % 10 === 1 ? [{ lab: labName(lab + 1), volume: 'projects', path: ['p2', 'raw'] }] : [],
});

export function measureAccess(): Record<string, number> {
  const before = heap();
  const { result: model, ms: accessBuild } = timed(build);
  const accessMemory = (heap() - before) / 2 ** 20;
  ask(model, 20_000); // so that all code is warm
  const decisions = 300_000;
  const { ms: deciding } = timed(() => ask(model, decisions));
  const mounts = 2000;
  const { ms: mounting } = timed(() => mount(model, mounts));
  const changes = 20_000;
  const { ms: changing } = timed(() => change(model, changes));
  const { ms: accessWho } = timed(() => whoCan(model, { lab: 'lab7', volume: 'projects', path: ['p7', 'raw'] }, 'read', at));
  return {
    accessDecision: (deciding / decisions) * 1000,
    accessMount: (mounting / mounts) * 1000,
    accessChange: (changing / changes) * 1000,
    accessWho,
    accessBuild,
    accessMemory,
  };
}

function build(): AccessModel {
  const model = emptyModel({ access: { admins: { users: ['root@facility.example'], groups: [] }, allowAnonymous: false } });
  for (let lab = 0; lab < labs; lab++) {
    model.setLab(labFacts(lab));
    for (let grant = 0; grant < grants; grant++) model.setGrant(grantFacts(lab, grant));
  }
  return model;
}

/** Half of the people belong to the lab, the others to one that some grant names. */
function ask(model: AccessModel, count: number): void {
  for (let index = 0; index < count; index++) {
    const [lab, grant] = [index * 7919, index % grants];
    const place = { lab: labName(lab), volume: 'projects', path: [`p${grant}`, 'raw', 'session'] };
    can(model, { person: { user: userName(index % 2 ? lab : lab + grant, index) }, place, verb: 'read', at });
  }
}

/** Each for an audience of a whole lab. */
function mount(model: AccessModel, count: number): void {
  for (let index = 0; index < count; index++) {
    const lab = index * 7919;
    const place = { lab: labName(lab), volume: 'projects', path: [`p${index % grants}`, 'raw'] };
    decideMount(model, { lab: labName(lab), name: 'relion', users: [], groups: [] }, place, 'ReadOnly', at);
  }
}

/** Half of them labs, half of them grants. */
function change(model: AccessModel, count: number): void {
  for (let index = 0; index < count; index++) {
    if (index % 2) model.setLab(labFacts(index * 7919));
    else model.setGrant(grantFacts(index * 7919, index % grants));
  }
}

/** In processor time, which other work on the machine disturbs least. */
function timed<T>(work: () => T): { result: T; ms: number } {
  const began = process.cpuUsage();
  const result = work();
  const { user, system } = process.cpuUsage(began);
  return { result, ms: (user + system) / 1000 };
}

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;
/** Bytes in use, with nothing left to collect. */
function heap(): number {
  collect();
  return process.memoryUsage().heapUsed;
}
