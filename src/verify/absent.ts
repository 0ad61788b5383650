// What a lab does not have. In its place stands a mark, so that an attack which needs it is known by its own words and is reported as not tried,
// never as refused.

/** By part: what a person reads. */
const parts = {
  neighbour: 'there is no other lab that is Ready, with an administrator who is not in this lab',
  viewer: 'nobody may only look at this lab',
  member: 'the lab has no member who may compute but not administer',
  admin: 'the lab has no administrator',
  'inside-sharer': 'nobody may share inside the lab and not outside',
  'part-sharer': 'nobody may share some part of the lab and not all of it',
  instance: 'the lab has no instance that mounts data or uses a Secret',
  own: 'no instance of the lab mounts a claim of its own',
  granted: 'no instance of the lab reads data of a grant that has an end, later than an hour from now',
  ended: 'the rules of the lab list no grant that is over',
  'foreign-claim': 'no other account of the lab has a claim that the instance has not',
  'foreign-secret': 'no other account of the lab uses a Secret that the instance may not',
  secret: 'the instance may use no Secret',
  database: 'the lab has no database',
  ports: 'every block of node ports is taken',
  backend: 'no storage backend is of the type hostPath',
  csi: 'no storage backend is of the type csi',
  pod: 'no pod of the lab is running',
  'of-another': 'every instance belongs to the administrator who would change it',
  'stateful-set': 'the lab has no instance with a component',
  service: 'the lab has no Service',
  claim: 'the lab has no storage root',
  volume: 'the lab has no storage root',
  job: 'the lab has no Job that is suspended',
  'cron-job': 'the lab has no CronJob',
  exclusive: 'no instance of the lab is for some people only, while another one may compute',
  outputs: 'no instance of the lab has outputs of which Bulkhead keeps a record',
  grant: 'the lab gives no grant',
  'foreign-volume': 'the cluster has no volume but those of labs',
  barred: 'nobody is barred from the lab whose membership has ended',
  unseen: 'nobody is inactive in the lab',
} as const;
export type Part = keyof typeof parts;

const mark = 'bulkhead-absent-';
/** Ids and ports are numbers: far beyond every one that Linux or a network has. */
const firstNumber = 98_765_432_100;
const names = Object.keys(parts) as Part[];

export const absent = (part: Part): string => mark + part;
export const absentNumber = (part: Part): number => firstNumber + names.indexOf(part);
export const isAbsent = (value: string | number): boolean => absentIn(value) !== undefined;

/** Why the request cannot be made in this lab; undefined when it can. */
export function absentIn(request: unknown): string | undefined {
  const text = JSON.stringify(request);
  const part = names.find((name) => new RegExp(`${mark}${name}(?![a-z-])`).test(text) || text.includes(String(absentNumber(name))));
  return part && parts[part];
}
