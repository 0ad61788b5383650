// Who may do what where in one lab, at one moment: people against places, grants, instances. Pure; printed by the files beside it.
import { type Bearing, stateOf } from '../../access/along.ts';
import { acceptanceLack } from '../../access/can.ts';
import { explain, placeText, ruleText } from '../../access/explain.ts';
import { standingOf } from '../../access/standing.ts';
import type { PlatformVerb } from '../../api/datarole.ts';
import type { ProcessingInstance } from '../../api/kinds.ts';
import { labOf } from '../../api/names.ts';
import { whatText } from '../explainplace.ts';
import { labView } from '../facility/labview.ts';
import { held } from '../facility/letters.ts';
import { labOfInstance, type Mount, mountsOf } from '../facility/mounts.ts';
import type { Facility } from '../facility/objects.ts';
import { nameText, peopleConcernedBy, peopleOf, type Somebody } from '../facility/people.ts';
import { type PlaceKind, placesIn } from '../facility/places.ts';

export interface Matrix {
  lab: string;
  displayName: string;
  contacts: { name: string; email: string }[];
  at: number;
  source: string;
  unread: string[];
  places: { name: string; kind: PlaceKind }[];
  rows: Row[];
  grants: GrantLine[];
  instances: InstanceLine[];
}

export interface Row {
  name: string;
  kind: Somebody['kind'];
  isAdmin: boolean;
  /** Why the person counts as out; absent: counts. */
  out?: string;
  /** Roles, the end of a membership, how many people a row stands for. */
  note: string;
  /** One for each place. */
  cells: PlatformVerb[][];
}

export interface GrantLine {
  name: string;
  paths: string[];
  what: string;
  effect: 'Allow' | 'Restrict';
  state: Bearing['state'];
  from?: number;
  until?: number;
  answers: string;
  reason: string;
  /** Why it gives nothing though it is active. */
  fault?: string;
}

export interface InstanceLine {
  /** Of another lab: it uses what this one has granted. */
  lab: string;
  name: string;
  owner: string;
  audience: string;
  mounts: Mount[];
}

export function matrixOf(facility: Facility, labName: string, at: number): Matrix {
  const { model, instances, source, unread } = facility;
  const { displayName = labName, contacts = [] } = labView(facility, labName) ?? {};
  const spots = placesIn(facility, labName);
  const everybody = peopleConcernedBy(model, labName).map((somebody) => ({
    somebody,
    row: rowOf(
      facility,
      labName,
      somebody,
      spots.map(({ place }) => held(model, somebody.person, place, at)),
      at,
    ),
  }));
  const ofLab = new Map(everybody.flatMap(({ somebody, row }) => (somebody.kind === 'Lab' ? [[somebody.name, row]] : [])));
  return {
    lab: labName,
    displayName,
    contacts,
    at,
    source,
    unread,
    places: spots.map(({ place, kind }) => ({ name: placeText(place), kind })),
    rows: everybody.filter(({ somebody, row }) => isShown(somebody, row, ofLab.get(somebody.through ?? ''))).map(({ row }) => row),
    grants: grantLines(facility, labName, at),
    instances: instances
      .filter((instance) => labOfInstance(instance) === labName)
      .map((instance) => instanceLine(facility, instance, at))
      .concat(guests(facility, labName, at)),
  };
}

/** Own people always; others when they may do something, and people of another lab only where they differ from all the others there. */
function isShown({ kind, through }: Somebody, row: Row, ofLab: Row | undefined): boolean {
  if (through !== undefined && ofLab) return JSON.stringify(row.cells) !== JSON.stringify(ofLab.cells);
  return row.note !== '' || row.isAdmin || kind === 'Lab' || row.cells.some((cell) => cell.length > 0);
}

function rowOf({ model }: Facility, labName: string, somebody: Somebody, cells: PlatformVerb[][], at: number): Row {
  const { admins } = model.facility;
  const lab = model.lab(labName);
  const standing = lab && standingOf(lab, somebody.person, at);
  const isAdmin = somebody.kind === 'ExternalGroup' ? admins.groups.includes(somebody.name) : admins.users.includes(somebody.name);
  return {
    name: nameText(somebody),
    kind: somebody.kind,
    isAdmin,
    ...(standing?.is === 'out' && { out: ruleText({ by: 'NotActive', ...standing }) }),
    note: noteOf(model, labName, somebody),
    cells,
  };
}

function noteOf(model: Facility['model'], labName: string, { kind, name, through }: Somebody): string {
  if (kind === 'Lab') return `${count(peopleOf(model, name).length, 'person', 'people')}; who differs stands below`;
  if (through !== undefined) return `of lab ${through}`;
  const lab = model.lab(labName);
  if (!lab) return '';
  const member = kind === 'User' ? lab.members.get(name) : undefined;
  const groups = (kind === 'User' ? lab.groupsByUser : kind === 'ExternalGroup' ? lab.groupsByExternal : undefined)?.get(name) ?? [];
  const roles = member && (member.roles.length > 0 ? member.roles : lab.facts.defaultRoles);
  return [
    ...(roles ? [roles.join(', ') || 'no role'] : []),
    ...(groups.length > 0 ? [`in ${groups.join(', ')}`] : []),
    ...(member?.expiresAt !== undefined ? [`until ${new Date(member.expiresAt).toISOString().slice(0, 10)}`] : []),
  ].join('; ');
}

const count = (number: number, one: string, many: string): string => `${number} ${number === 1 ? one : many}`;

function grantLines({ model, grants }: Facility, labName: string, at: number): GrantLine[] {
  return model
    .grantsOf(labName)
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .map((facts) => {
      const { spec } = grants.find(({ metadata }) => metadata.name === facts.name && labOf(metadata.namespace ?? '') === labName) ?? {};
      const state = stateOf(facts, at);
      const lack = state === 'Active' && facts.effect === 'Allow' ? acceptanceLack(model, facts, at) : undefined;
      return {
        name: facts.name,
        paths: facts.paths.map((path) => placeText({ lab: labName, volume: facts.volume, path })),
        what: whatText(facts),
        effect: facts.effect,
        state,
        ...(facts.notBefore !== undefined && { from: facts.notBefore }),
        ...(facts.expiresAt !== undefined && { until: facts.expiresAt }),
        answers: facts.grantor ?? 'the facility',
        reason: spec?.reason ?? '',
        ...(lack && {
          fault: `gives nothing: ${explain({ person: { user: facts.grantor ?? '' }, place: lack.place, verb: lack.verb }, { allowed: false, rule: lack.rule })}`,
        }),
      };
    });
}

function instanceLine(facility: Facility, instance: ProcessingInstance, at: number): InstanceLine {
  const { owner, audience } = instance.spec;
  const [users, groups] = [audience?.users ?? [], audience?.groups ?? []];
  return {
    lab: labOfInstance(instance),
    name: instance.metadata.name,
    owner: owner ?? 'the facility',
    audience:
      users.length + groups.length === 0 ? 'everybody in the lab' : [...users, ...groups.map((group) => `group ${group}`)].join(', '),
    mounts: mountsOf(facility, instance, at),
  };
}

/** Instances of other labs, with what they take from this one. */
const guests = (facility: Facility, labName: string, at: number): InstanceLine[] =>
  facility.instances
    .filter((instance) => labOfInstance(instance) !== labName && (instance.spec.data ?? []).some(({ from }) => from?.lab === labName))
    .map((instance) => instanceLine(facility, instance, at))
    .map((line) => ({ ...line, mounts: line.mounts.filter(({ from }) => from?.lab === labName) }));
