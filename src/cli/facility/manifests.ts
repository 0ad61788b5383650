// Objects out of YAML and JSON files, as they lie in a Git repository: several documents in a file, Lists, other kinds between them. What the API
// server would refuse is named with file, line and field. No cluster is asked.
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Document, isNode, LineCounter, parseAllDocuments } from 'yaml';
import { z } from 'zod';
import {
  apiVersion,
  type DataGrant,
  DataGrants,
  type DataRole,
  DataRoles,
  type Lab,
  Labs,
  type ProcessingInstance,
  ProcessingInstances,
} from '../../api/kinds.ts';
import { group } from '../../api/labels.ts';
import { labOf, operatorName } from '../../api/names.ts';
import { Config, parseConfig } from '../../config.ts';
import type { KubeObject } from '../../kube/object.ts';
import { fieldText, type Issue, issuesOf, type Written } from './check.ts';
import type { Objects } from './objects.ts';

export type Manifest = KubeObject & { kind: string; spec: unknown };

/** One object and where it is written. */
export interface Found {
  object: Manifest;
  /** `labs/smith.yaml:12`. */
  at: string;
  /** The line of a field in it. */
  lineOf: (path: Issue['path']) => string;
}

export interface Manifests {
  found: Found[];
  /** From a ConfigMap of the operator, or values of the chart. Undefined: the files do not say. */
  access: Config['access'] | undefined;
}

const kinds = new Map([Labs, DataRoles, DataGrants, ProcessingInstances].map((kind) => [kind.kind, kind]));

/** What the files say is not what the API server would take. */
export class ManifestError extends Error {
  override readonly name = 'ManifestError';
}

export interface ReadOptions {
  /** For objects that name none. */
  namespace?: string | undefined;
  /** Objects that the manifests would replace, by `keyOf`: rules about changes are judged against them. */
  before?: ReadonlyMap<string, Written>;
}

/** @param paths files, and folders with everything in them; `-` is standard input
 *  @throws ManifestError naming every fault */
export async function readManifests(paths: string[], { namespace, before }: ReadOptions = {}): Promise<Manifests> {
  const faults: string[] = [];
  const found: Found[] = [];
  let access: Config['access'] | undefined;
  for (const file of (await Promise.all(paths.map(filesIn))).flat()) {
    const text = file === '-' ? await standardInput() : await readFile(file, 'utf8');
    const documents = documentsIn(text, file === '-' ? 'standard input' : file);
    faults.push(...documents.faults);
    for (const { object, ...where } of documents.found) {
      access = accessIn(object, where.at, faults) ?? access;
      found.push(...ours(object, where, namespace, faults));
    }
  }
  const firsts = new Map<string, string>();
  for (const { object, at, lineOf } of found) {
    const key = manifestKey(object);
    const first = firsts.get(key);
    if (first !== undefined) faults.push(`${at}: ${key} is written twice; the other is at ${first}`);
    firsts.set(key, at);
    for (const { path, message } of issuesOf(object, before?.get(key)))
      faults.push(`${lineOf(path)}: ${key}: ${fieldText(path)}: ${message}`);
  }
  if (faults.length > 0) throw new ManifestError(faults.join('\n'));
  return { found, access };
}

/** `Lab smith`, `DataGrant lab-smith/krios`. */
export const manifestKey = ({ kind, metadata }: { kind?: string; metadata: { name: string; namespace?: string } }): string =>
  `${kind} ${metadata.namespace ? `${metadata.namespace}/` : ''}${metadata.name}`;

/** Objects by kind. What the API server would fill in is left out, as everywhere in Bulkhead. */
export function objectsOf(found: Found[]): Pick<Objects, 'labs' | 'roles' | 'grants' | 'instances'> {
  const of = <T extends KubeObject>(kind: string) => found.flatMap(({ object }) => (object.kind === kind ? [object as unknown as T] : []));
  return {
    labs: of<Lab>(Labs.kind),
    roles: of<DataRole>(DataRoles.kind),
    grants: of<DataGrant>(DataGrants.kind),
    instances: of<ProcessingInstance>(ProcessingInstances.kind),
  };
}

async function filesIn(path: string): Promise<string[]> {
  if (path === '-') return ['-'];
  const about = await stat(path).catch((error: NodeJS.ErrnoException) => {
    throw new ManifestError(`${path}: ${error.code === 'ENOENT' ? 'there is no such file or folder' : error.message}`);
  });
  if (!about.isDirectory()) return [path];
  const entries = await readdir(path, { withFileTypes: true, recursive: true });
  return entries
    .filter((entry) => entry.isFile() && /\.(ya?ml|json)$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => !/(^|\/)(\.[^./][^/]*|node_modules)\//.test(file.slice(path.length)))
    .sort();
}

async function standardInput(): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

interface Parsed extends Omit<Found, 'object'> {
  object: Record<string, unknown>;
}

/** A file that is no YAML matters only when it speaks of Bulkhead: a repository holds templates of other things, too. */
function documentsIn(text: string, file: string): { found: Parsed[]; faults: string[] } {
  const lines = new LineCounter();
  const documents = [...parseAllDocuments(text, { lineCounter: lines, prettyErrors: false })] as Document[];
  const line = (offset: number) => `${file}:${lines.linePos(offset).line}`;
  const errors = documents.flatMap((document) => document.errors);
  if (errors.length > 0)
    return {
      found: [],
      faults: text.includes(group)
        ? errors.slice(0, 1).map(({ pos, message }) => `${line(pos[0])}: is no YAML: ${message}; if it is a template, render it first`)
        : [],
    };
  const found = documents.flatMap((document) => {
    const content: unknown = document.toJS();
    if (typeof content !== 'object' || content === null || Array.isArray(content)) return [];
    const lineOf = (path: Issue['path']): string => {
      for (let length = path.length; length >= 0; length--) {
        const node = document.getIn(path.slice(0, length), true);
        if (isNode(node) && node.range) return line(node.range[0]);
      }
      return line(document.contents?.range?.[0] ?? 0);
    };
    return unlisted(content as Record<string, unknown>, lineOf, []);
  });
  return { found, faults: [] };
}

/** A List of any kind stands for its items. */
function unlisted(object: Record<string, unknown>, lineOf: Found['lineOf'], path: Issue['path']): Parsed[] {
  if (typeof object.kind === 'string' && object.kind.endsWith('List') && Array.isArray(object.items))
    return object.items.flatMap((item: unknown, index) =>
      typeof item === 'object' && item !== null ? unlisted(item as Record<string, unknown>, lineOf, [...path, 'items', index]) : [],
    );
  return [{ object, at: lineOf(path), lineOf: (field) => lineOf([...path, ...field]) }];
}

function ours(
  object: Record<string, unknown>,
  where: Omit<Found, 'object'>,
  defaultNamespace: string | undefined,
  faults: string[],
): Found[] {
  const kind = kinds.get(String(object.kind));
  if (!kind || typeof object.apiVersion !== 'string' || !object.apiVersion.startsWith(`${group}/`)) return [];
  const fault = (path: Issue['path'], message: string): [] => {
    faults.push(`${where.lineOf(path)}: ${kind.kind}: ${message}`);
    return [];
  };
  if (object.apiVersion !== apiVersion)
    return fault(['apiVersion'], `apiVersion is ${object.apiVersion}; this version knows ${apiVersion}`);
  const metadata = z.looseObject({ name: z.string().min(1), namespace: z.string().optional() }).safeParse(object.metadata);
  if (!metadata.success) return fault(['metadata'], 'metadata.name is required');
  if (kind.namespaced) {
    const namespace = metadata.data.namespace ?? defaultNamespace;
    if (namespace === undefined) return fault(['metadata'], `metadata.namespace is required here: lab-<name of the lab>`);
    if (labOf(namespace) === undefined)
      return fault(['metadata', 'namespace'], `metadata.namespace "${namespace}" is no namespace of a lab; it is lab-<name of the lab>`);
    metadata.data.namespace = namespace;
  }
  return [{ ...where, object: { ...object, kind: kind.kind, metadata: metadata.data as Manifest['metadata'], spec: object.spec ?? {} } }];
}

/** The configuration of the facility as it is applied, or as the values of the chart say it. */
function accessIn(object: Record<string, unknown>, at: string, faults: string[]): Config['access'] | undefined {
  if (object.kind === 'ConfigMap' && (object.metadata as { name?: unknown } | undefined)?.name === operatorName) {
    const text = (object.data as Record<string, unknown> | undefined)?.['config.yaml'];
    return typeof text === 'string' ? parseConfig(text, at).access : undefined;
  }
  if (object.kind !== undefined || !('facilityAdmins' in object)) return undefined;
  const config = (object.config ?? {}) as { access?: Record<string, unknown> };
  const parsed = Config.shape.access.safeParse({ ...config.access, admins: object.facilityAdmins });
  if (parsed.success) return parsed.data;
  faults.push(`${at}: facilityAdmins or config.access: ${z.prettifyError(parsed.error)}`);
  return undefined;
}
