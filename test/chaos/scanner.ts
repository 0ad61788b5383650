// Finds in a history what must never happen. Written from the promises alone: it knows nothing of how they are kept, and imports none of it.
import type { History, Holding, Life, Thing } from './history.ts';

/** Everything that is wrong, in words; nothing in a good history. The history must have been settled: nobody waits to release anything. */
export function scan(history: History): string[] {
  const facts = gather(history);
  return [
    ...idsWithTwoHolders(facts),
    ...rootsThatMeet(facts),
    ...sharedWhileBothLive(facts),
    ...heldByTheDead(facts),
    ...givenButNotHeld(facts),
    ...takenAway(facts),
    ...givenTwice(facts),
  ];
}

interface Facts extends History {
  life: Map<string, Life>;
  /** Holders that were told an identity: what they touched belongs to it. */
  identified: Set<string>;
}

const gather = (history: History): Facts => ({
  ...history,
  life: new Map(history.lives.map((life) => [life.uid, life])),
  identified: new Set(history.answers.filter(({ given }) => given.some(({ type }) => type === 'UserID')).map(({ holder }) => holder)),
});

/** An id has one holder for ever, except that a later lab of the same name may name both ids of a lab that is gone. */
function idsWithTwoHolders({ holdings, answers, life }: Facts): string[] {
  const told = answers.flatMap(({ holder, given, ended }) => given.map((thing): Holding => ({ ...thing, holder, from: ended })));
  const ids = [...holdings, ...told].filter(({ type }) => type === 'UserID' || type === 'GroupID');
  return pairs(byThing(ids)).flatMap(([one, other]) =>
    succeeds(one, other, life) || succeeds(other, one, life)
      ? []
      : [`${words(one)} belonged to ${who(one, life)} and to ${who(other, life)}`],
  );
}

/** Whether the later holder may have what the earlier one had. */
function succeeds(earlier: Holding, later: Holding, life: Map<string, Life>): boolean {
  const [former, latter] = [life.get(earlier.holder ?? ''), life.get(later.holder ?? '')];
  if (former?.kind !== 'Lab' || latter?.kind !== 'Lab' || former.name !== latter.name || !latter.adopts) return false;
  const id = { UserID: latter.adopts.uid, GroupID: latter.adopts.gid }[later.type];
  return former.gone !== undefined && former.gone <= later.from && (id === undefined || `${id}` === later.resource);
}

/** No root is ever equal to, above or below one of another lab, whether that one lives or not. One that was given back by a lab that never
 * had an identity is nobody's. */
function rootsThatMeet(facts: Facts): string[] {
  const roots = facts.holdings.filter(({ type }) => type === 'StorageRoot');
  return pairs([roots]).flatMap(([one, other]) => {
    if (!`${one.resource}/`.startsWith(`${other.resource}/`) && !`${other.resource}/`.startsWith(`${one.resource}/`)) return [];
    const [earlier, later] = one.from <= other.from ? [one, other] : [other, one];
    const wasGivenBack = earlier.until !== undefined && earlier.until < later.from && !facts.identified.has(earlier.holder ?? '');
    const isInherited =
      earlier.resource === later.resource && succeeds(earlier, later, facts.life) && inheritsIdentity(earlier, later, facts);
    return wasGivenBack || isInherited
      ? []
      : [`${words(one)} of ${who(one, facts.life)} meets ${words(other)} of ${who(other, facts.life)}`];
  });
}

/** Whether the ids that the later lab names are those that the earlier one held. */
function inheritsIdentity(earlier: Holding, later: Holding, { holdings, life }: Facts): boolean {
  const adopts = life.get(later.holder ?? '')?.adopts;
  const had = (type: string, id: number | undefined) =>
    holdings.some((held) => held.holder === earlier.holder && held.type === type && held.resource === `${id}`);
  return had('UserID', adopts?.uid) && had('GroupID', adopts?.gid);
}

/** Of what instances share with nobody, no two were told to have the same at one time: from the answer until the server lets it go. */
function sharedWhileBothLive({ answers, holdings, life }: Facts): string[] {
  const tenures = answers.flatMap(({ holder, given, started, ended }) =>
    given.flatMap((thing): Holding[] => {
      const held = heldDuring(holdings, holder, thing, started, ended);
      return held ? [{ ...thing, holder, from: ended, ...(held.until !== undefined && { until: held.until }) }] : [];
    }),
  );
  const isAtOnce = (one: Holding, other: Holding) => one.from < (other.until ?? Infinity) && other.from < (one.until ?? Infinity);
  return pairs([distinct(tenures)]).flatMap(([one, other]) => {
    const isSame = one.type === 'License' ? one.resource === other.resource : one.type === 'Ports' && overlap(one.resource, other.resource);
    if (one.type !== other.type || !isSame || !isAtOnce(one, other)) return [];
    return [`${words(one)} of ${who(one, life)} and ${words(other)} of ${who(other, life)} at one time`];
  });
}

function overlap(one: string, other: string): boolean {
  const [[first = 0, last = 0], [otherFirst = 0, otherLast = 0]] = [one, other].map((block) => block.split('-').map(Number)) as [
    number[],
    number[],
  ];
  return first <= otherLast && otherFirst <= last;
}

/** In the end nobody who is gone holds ports or a licence. */
const heldByTheDead = ({ holdings, life }: Facts): string[] =>
  holdings
    .filter(({ type, until, holder }) => isLent(type) && until === undefined && life.get(holder ?? '')?.gone !== undefined)
    .map((held) => `${words(held)} is still held by ${who(held, life)}, which is gone`);

/** What was told was true at some moment while the answer was formed; of a holder that was on its way out nobody cares. */
const givenButNotHeld = ({ answers, holdings, life }: Facts): string[] =>
  answers
    .filter(({ holder, ended }) => (life.get(holder)?.doomed ?? life.get(holder)?.gone ?? Infinity) > ended)
    .flatMap(({ holder, given, started, ended }) =>
      given
        .filter((thing) => !heldDuring(holdings, holder, thing, started, ended))
        .map((thing) => `${words(thing)} was given to ${who({ holder }, life)} but the server did not hold it`),
    );

/** What was given stays: ports while the holder lives, ids and the roots of a lab with an identity for ever. */
function takenAway({ answers, holdings, life, identified }: Facts): string[] {
  const answersTo = Map.groupBy(answers, ({ holder }) => holder);
  return holdings.flatMap((held) => {
    const { until, holder = '', type } = held;
    const wasGiven = (answersTo.get(holder) ?? []).some(({ given }) => given.some((thing) => isEqual(thing, held)));
    if (until === undefined || !wasGiven || type === 'License') return [];
    const { doomed, gone } = life.get(holder) ?? {};
    const wasLeaving = (doomed ?? gone ?? Infinity) <= until;
    const isForEver = type !== 'Ports' && identified.has(holder);
    const isInherited = holdings.some((next) => next.from === until && isEqual(next, held) && succeeds(held, next, life));
    return (wasLeaving && !isForEver) || isInherited ? [] : [`${words(held)} was taken away from ${who(held, life)}`];
  });
}

/** A lab has one identity, an instance one block. */
const givenTwice = ({ answers, life }: Facts): string[] =>
  [...new Set(answers.map(({ holder }) => holder))].flatMap((holder) =>
    ['UserID', 'GroupID', 'Ports'].flatMap((type) => {
      const things = answers
        .filter((answer) => answer.holder === holder)
        .flatMap(({ given }) => given.filter((thing) => thing.type === type));
      const different = [...new Set(things.map(({ resource }) => resource))];
      return different.length > 1 ? [`${who({ holder }, life)} was told to have ${type} ${different.join(' and ')}`] : [];
    }),
  );

const isLent = (type: string) => type === 'Ports' || type === 'License';
const isEqual = (one: Thing, other: Thing) => one.type === other.type && one.resource === other.resource;
const words = ({ type, resource }: Thing) => `${type} ${resource}`;
const who = ({ holder = '' }: { holder?: string | undefined }, life: Map<string, Life>) => {
  const { kind = 'nobody', name = '' } = life.get(holder) ?? {};
  return `${kind} ${name} (${holder.slice(0, 8)})`;
};

const heldDuring = (holdings: Holding[], holder: string, thing: Thing, started: number, ended: number): Holding | undefined =>
  holdings.find((held) => held.holder === holder && isEqual(held, thing) && held.from <= ended && (held.until ?? Infinity) >= started);

const byThing = (holdings: Holding[]): Holding[][] => [...Map.groupBy(distinct(holdings), words).values()];

/** One for each holder, thing and end: a thing that is told a hundred times is one fact. The earliest counts. */
const distinct = (holdings: Holding[]): Holding[] => {
  const first = new Map<string, Holding>();
  for (const held of holdings) {
    const key = `${words(held)} ${held.holder} ${held.until}`;
    if (held.from < (first.get(key)?.from ?? Infinity)) first.set(key, held);
  }
  return [...first.values()];
};

/** Every two of one group that have different holders. */
const pairs = (groups: Holding[][]): [Holding, Holding][] =>
  groups.flatMap((group) =>
    group.flatMap((one, index) =>
      group
        .slice(index + 1)
        .filter((other) => other.holder !== one.holder)
        .map((other): [Holding, Holding] => [one, other]),
    ),
  );
