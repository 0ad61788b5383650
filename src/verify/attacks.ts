// Every attack that the walls are known to refuse, by who attacks or what is attacked. A table is a function of the scene: names and people of a
// lab that exists.
import type { Attack } from './attack.ts';
import { identityAttacks } from './identityattacks.ts';
import { managedKindAttacks } from './managedkindattacks.ts';
import { mountAttacks, timeAttacks } from './mountattacks.ts';
import { namespaceAttacks } from './namespaceattacks.ts';
import { protectedObjectAttacks, serviceAttacks, tokenAttacks } from './objectattacks.ts';
import { operatorAttacks } from './operatorattacks.ts';
import { recordAttacks } from './recordattacks.ts';
import { runAttacks } from './runattacks.ts';
import type { Scene } from './scene.ts';
import { volumeAttacks } from './volumeattacks.ts';

export const attackTables: Record<string, (scene: Scene) => Attack[]> = {
  'a pod': identityAttacks,
  'a pod with its mounts': mountAttacks,
  'the end of a grant': timeAttacks,
  'who runs as whom': runAttacks,
  'kinds that the operator alone writes': managedKindAttacks,
  'objects of the operator': protectedObjectAttacks,
  'tokens of accounts': tokenAttacks,
  Services: serviceAttacks,
  'lab namespaces': namespaceAttacks,
  volumes: volumeAttacks,
  'grants and records': recordAttacks,
  'a stolen token of the operator': operatorAttacks,
};
