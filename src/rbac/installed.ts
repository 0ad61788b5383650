// Whether a ClusterRole in the API server gives what the chart gives: no more, because that is a hole in every lab, and no less. Compared by
// meaning: the order of rules, and how they are cut, do not matter. Pure.
import type { ClusterRole } from '../kube/kind.ts';
import { selects } from '../kube/selector.ts';
import type { PolicyRule } from './clusterroles.ts';

/** One thing that a rule allows. */
interface Permission {
  verb: string;
  apiGroup: string;
  resource: string;
  /** Absent: objects of every name. */
  name?: string | undefined;
  /** A path of the API server, in place of group, resource and name. */
  url?: string;
}

export interface Difference {
  /** What the role gives beyond what is wanted, in words; of a long list the beginning. */
  more: string[];
  less: string[];
}

/** @param wanted of the chart, always the same list
 *  @param live never changed in place, as nothing in a cache is */
export function difference(wanted: PolicyRule[], live: PolicyRule[]): Difference {
  const before = known.get(live);
  if (before?.wanted === wanted) return before.difference;
  const difference = { more: beyond(live, wanted), less: beyond(wanted, live) };
  known.set(live, { wanted, difference });
  return difference;
}

/** Every lab asks about the same few roles, at every look. */
const known = new WeakMap<PolicyRule[], { wanted: PolicyRule[]; difference: Difference }>();

/** Names of the aggregated ClusterRoles whose holders get the rules of this one as well, because of its labels. */
export const takenInto = ({ metadata: { name, labels = {} } }: ClusterRole, aggregated: ClusterRole[]): string[] =>
  aggregated
    .filter((role) => role.metadata.name !== name && role.aggregationRule?.clusterRoleSelectors?.some((one) => selects(one, labels)))
    .map((role) => role.metadata.name)
    .sort();

const shown = 5;

/** What the rules give and the others do not. Permissions are looked at one after the other and the first few end it, so that a role made to be
 *  large costs nothing. */
function beyond(rules: PolicyRule[], others: PolicyRule[]): string[] {
  const found = new Set<string>();
  for (const permission of permissions(rules)) {
    if (others.some((rule) => gives(rule, permission))) continue;
    if (found.size === shown) return [...found, 'more'];
    found.add(inWords(permission));
  }
  return [...found];
}

function* permissions(rules: PolicyRule[]): Generator<Permission> {
  for (const { verbs, apiGroups, resources, resourceNames, nonResourceURLs } of rules) {
    for (const verb of new Set(verbs)) {
      for (const url of new Set(nonResourceURLs)) yield { verb, apiGroup: '', resource: '', url };
      for (const apiGroup of new Set(apiGroups))
        for (const resource of new Set(resources))
          for (const name of named({ resourceNames }) ? new Set(resourceNames) : [undefined]) yield { verb, apiGroup, resource, name };
    }
  }
}

/** As the API server judges. A part that stands for several (`pods/*`) is given by the same part only, or by `*`. */
function gives(rule: PolicyRule, { verb, apiGroup, resource, name, url }: Permission): boolean {
  if (!holds(rule.verbs, verb)) return false;
  if (url !== undefined) return holds(rule.nonResourceURLs, url);
  const isNamed = !named(rule) || (name !== undefined && rule.resourceNames?.includes(name) === true);
  return isNamed && holds(rule.apiGroups, apiGroup) && holds(rule.resources, resource);
}

const holds = (list: string[] = [], wanted: string) => list.includes(wanted) || list.includes('*');
const named = ({ resourceNames = [] }: Pick<PolicyRule, 'resourceNames'>) => resourceNames.length > 0;

/** As `kubectl auth can-i` is asked. */
const inWords = ({ verb, apiGroup, resource, name, url }: Permission): string =>
  url === undefined ? `${verb} ${resource}${apiGroup && `.${apiGroup}`}${name === undefined ? '' : ` "${name}"`}` : `${verb} ${url}`;
