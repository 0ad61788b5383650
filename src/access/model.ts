// The access model of a facility, kept up to date object by object: a change costs what it touches, a decision a few look-ups along
// the path. No I/O and no clock; the controllers, the review endpoint and the command line ask the same one.
import type { FacilityFacts, GrantFacts, LabFacts, Place } from './facts.ts';
import { indexLab, type LabIndex } from './standing.ts';

/** What stands at one place: grants by what they do there. */
export interface PlaceRules {
  allows: GrantFacts[];
  restricts: GrantFacts[];
  derivations: GrantFacts[];
}

export class AccessModel {
  facility: FacilityFacts;
  readonly #labs = new Map<string, LabIndex>();
  /** By lab; kept apart from it, because what is known of visits may come before the lab, and stays when the lab changes. */
  readonly #lastSeen = new Map<string, Map<string, number>>();
  readonly #roles = new Map<string, ReadonlySet<string>>();
  readonly #grants = new Map<string, Map<string, GrantFacts>>();
  readonly #places = new Map<string, PlaceRules>();

  constructor(facility: FacilityFacts) {
    this.facility = facility;
  }

  /** @param permissions absent: the role is gone, and whoever holds it gets nothing from it */
  setRole(name: string, permissions: readonly string[] | undefined): void {
    if (permissions) this.#roles.set(name, new Set(permissions));
    else this.#roles.delete(name);
  }

  setLab(facts: LabFacts): void {
    this.#labs.set(facts.name, indexLab(facts, this.#lastSeenIn(facts.name)));
  }

  removeLab(name: string): void {
    this.#labs.delete(name);
  }

  /** @param at absent: never seen, which is not the same as long ago (CM-22) */
  setLastSeen(lab: string, user: string, at: number | undefined): void {
    const lastSeen = this.#lastSeenIn(lab);
    if (at === undefined) lastSeen.delete(user);
    else lastSeen.set(user, at);
  }

  #lastSeenIn(lab: string): Map<string, number> {
    let lastSeen = this.#lastSeen.get(lab);
    if (!lastSeen) {
      lastSeen = new Map();
      this.#lastSeen.set(lab, lastSeen);
    }
    return lastSeen;
  }

  setGrant(grant: GrantFacts): void {
    this.removeGrant(grant.lab, grant.name);
    const ofLab = this.#grants.get(grant.lab) ?? new Map<string, GrantFacts>();
    this.#grants.set(grant.lab, ofLab.set(grant.name, grant));
    for (const rules of this.#rulesOf(grant)) {
      if (grant.subjects.length > 0) (grant.effect === 'Allow' ? rules.allows : rules.restricts).push(grant);
      if (grant.derivedFrom.length > 0) rules.derivations.push(grant);
    }
  }

  removeGrant(lab: string, name: string): void {
    const grant = this.#grants.get(lab)?.get(name);
    if (!grant) return;
    this.#grants.get(lab)?.delete(name);
    for (const rules of this.#rulesOf(grant)) {
      for (const list of [rules.allows, rules.restricts, rules.derivations]) {
        const index = list.indexOf(grant);
        if (index >= 0) list.splice(index, 1);
      }
    }
  }

  lab(name: string): LabIndex | undefined {
    return this.#labs.get(name);
  }

  get labs(): Iterable<LabIndex> {
    return this.#labs.values();
  }

  grantsOf(lab: string): GrantFacts[] {
    return [...(this.#grants.get(lab)?.values() ?? [])];
  }

  grants(verb: string, roles: readonly string[]): boolean {
    return roles.some((role) => this.#roles.get(role)?.has(verb));
  }

  hasRole(name: string): boolean {
    return this.#roles.has(name);
  }

  /** What a grant gives, by its roles and by itself, in a stable order. */
  permissionsOf({ roles, permissions }: Pick<GrantFacts, 'roles' | 'permissions'>): string[] {
    return [...new Set([...permissions, ...roles.flatMap((role) => [...(this.#roles.get(role) ?? [])])])].sort();
  }

  /** Rules at the place and at every directory above it, from the root down. */
  *rulesAlong({ lab, volume, path }: Place): Generator<PlaceRules> {
    let key = rootKey(lab, volume);
    const atRoot = this.#places.get(key);
    if (atRoot) yield atRoot;
    for (const segment of path) {
      key += `/${segment}`;
      const rules = this.#places.get(key);
      if (rules) yield rules;
    }
  }

  *#rulesOf({ lab, volume, paths }: GrantFacts): Generator<PlaceRules> {
    for (const path of paths) {
      const key = [rootKey(lab, volume), ...path].join('/');
      let rules = this.#places.get(key);
      if (!rules) {
        rules = { allows: [], restricts: [], derivations: [] };
        this.#places.set(key, rules);
      }
      yield rules;
    }
  }
}

/** Names of labs and volumes hold no colon and no slash, so that two places never share a key. */
const rootKey = (lab: string, volume: string) => `${lab}:${volume}`;
