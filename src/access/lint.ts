// What whoever answers for a grant should know about it. Nothing is refused for it: whoever means it may mean it. Pure.
import type { WarningType } from '../api/datagrant.ts';
import { platformVerbs } from '../api/datarole.ts';
import { placesUnder } from './audience.ts';
import { can } from './can.ts';
import { tasks, verbOf } from './cellengine.ts';
import type { GrantFacts } from './facts.ts';
import type { AccessModel } from './model.ts';

export interface Warning {
  type: WarningType;
  message: string;
}

/** At most one of a type, in a stable order. */
export function lint(model: AccessModel, grant: GrantFacts, at: number): Warning[] {
  if (grant.effect === 'Restrict' || grant.subjects.length === 0) return [];
  const given = model.permissionsOf(grant);
  const found: Record<WarningType, string | undefined> = {
    CopyOutPossible: copyOut(given),
    WriteWithoutRead: given.some((verb) => verb === 'write' || verb === 'import') && !given.includes('read') ? writeWithoutRead : undefined,
    MoreThanGrantor: moreThanGrantor(model, grant, given, at),
    AnonymousNotAllowed: anonymous(model, grant),
    RestrictedBelow: restrictedBelow(model, grant),
  };
  return (Object.keys(found) as WarningType[]).flatMap((type) => (found[type] === undefined ? [] : [{ type, message: found[type] }]));
}

const writeWithoutRead =
  'it gives write or import without read; unless another grant or a role gives read, nothing can be mounted: add read';

/** Two ways out: a copy or a Job that the platform knows of (CE-20), and CellEngine's own copies, in which the one who made them holds everything (CE-19). */
function copyOut(given: string[]): string | undefined {
  const verbs = ['fork', 'compute'].filter((verb) => given.includes(verb) && !given.includes('export'));
  const [clone, download] = [verbOf('experiment.clone'), verbOf('fcsfile.download')];
  const inCellEngine = given.includes(clone) && !given.includes(download);
  const ways = [
    ...(verbs.length > 0 ? [`it gives ${verbs.join(' and ')} without export`] : []),
    ...(inCellEngine ? [`${clone} without ${download} allows ${copying.join('; ')}`] : []),
  ];
  return ways.length > 0 ? `${ways.join(', and ')}: whoever makes a copy can take it out; give export, or take that away` : undefined;
}

/** Tasks that make a copy without leave to download. */
const copying = tasks
  .filter(({ needs }) => {
    const wants = (permission: string) => needs.some(({ anyOf }) => anyOf.some((one) => one === permission));
    return wants('experiment.clone') && !wants('fcsfile.download');
  })
  .map(({ id, title }) => `${title} (${id})`);

function moreThanGrantor(
  model: AccessModel,
  { lab, name, volume, paths, grantor }: GrantFacts,
  given: string[],
  at: number,
): string | undefined {
  if (grantor === undefined) return undefined;
  const lacks = (verb: string) =>
    paths.some((path) => {
      const { allowed, rule } = can(model, { person: { user: grantor }, place: { lab, volume, path }, verb, at });
      return !allowed || (rule.by === 'Grant' && rule.lab === lab && rule.grant === name); // he gives it to himself
    });
  const verbs = platformVerbs.filter((verb) => given.includes(verb) && lacks(verb));
  return verbs.length > 0 ? `it gives ${verbs.join(', ')}, which ${grantor} does not hold at every path himself` : undefined;
}

function anonymous(model: AccessModel, { lab, subjects }: GrantFacts): string | undefined {
  if (!subjects.some(({ kind }) => kind === 'Everyone')) return undefined;
  if (!model.facility.allowAnonymous)
    return 'the facility lets nobody in who is not logged in (access.allowAnonymous), so Everyone means Authenticated';
  if (!model.lab(lab)?.facts.allowAnonymous)
    return `lab ${lab} lets nobody in who is not logged in (spec.allowAnonymous), so Everyone means Authenticated`;
  return undefined;
}

function restrictedBelow(model: AccessModel, { lab, volume, paths }: GrantFacts): string | undefined {
  const below = paths.flatMap((path) => placesUnder(model, { lab, volume, path }).slice(1));
  const names = [...new Set(below.map(({ path }) => path.join('/')))].sort();
  return names.length > 0
    ? `rules of their own stand below its paths: ${names.join(', ')}; who may not read there cannot mount the directory above`
    : undefined;
}
