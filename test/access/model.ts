// The access model of a random world.
import { AccessModel } from '../../src/access/model.ts';
import type { World } from './naive.ts';

export function modelOf({ facility, roles, labs, grants, seen }: World): AccessModel {
  const model = new AccessModel(facility);
  for (const [name, permissions] of Object.entries(roles)) model.setRole(name, permissions);
  for (const lab of labs) model.setLab(lab);
  for (const grant of grants) model.setGrant(grant);
  for (const [key, at] of Object.entries(seen)) model.setLastSeen(key.split(' ')[0] as string, key.split(' ')[1] as string, at);
  return model;
}
