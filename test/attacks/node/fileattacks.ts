// Attacks on files: through a read-only grant, through what a neighbour left in it, and from the own directories.

import { roots } from './cast.ts';
import type { NodeAttack, Try } from './nodeattack.ts';
import type { Stage } from './stage.ts';

/** Everything that changes a file which exists, and everything that makes one: verbs of the toolbox. */
const changes = [
  ...['open for writing', 'open for both', 'open for appending', 'reopen by descriptor', 'truncate', 'chmod', 'chown', 'set times'],
  ...['set attribute', 'unlink', 'rename', 'hard link'],
];
const additions = ['create', 'mkdir', 'symlink', 'make a fifo'];

export function fileAttacks({ attacker, neighbour }: Stage): NodeAttack[] {
  const own = `uid=${attacker.uid} gid=${attacker.gid} groups=[${[attacker.gid, neighbour.gid].sort().join(' ')}]`;
  return roots.flatMap(({ root, backend, granted }): NodeAttack[] => {
    const onNode = `/backends/${backend}/labs/neighbour/shared/session`;
    const row = (name: string, attack: Omit<Try, 'in'>, held: string[], twin: Try, works: string | RegExp): NodeAttack => ({
      category: `files on ${backend}`,
      name,
      attack: { in: 'workspace', ...attack },
      held,
      twin,
      works,
    });
    const readsGranted: Try = { in: 'workspace', do: 'read', on: `${granted}/group.txt` };
    const read = (name: string, path: string, held: string[], twin = readsGranted, works = 'granted') =>
      row(name, { do: 'read', on: `${granted}/${path}` }, held, twin, works);
    const byOwner: Try = { in: 'workspace of the neighbour', do: 'read', on: `/${root}/shared/session/to-private/secret.txt` };
    return [
      ...changes.map((verb) =>
        row(
          `${verb}, of a granted file`,
          { do: verb, on: `${granted}/open.txt` },
          ['EROFS'],
          { in: 'workspace', do: verb, on: `/${root}/twin-${verb.replaceAll(' ', '-')}`, with: 'fresh' },
          'done',
        ),
      ),
      ...additions.map((verb) =>
        row(
          `${verb}, in a granted directory`,
          { do: verb, on: `${granted}/attempt` },
          ['EROFS'],
          { in: 'workspace', do: verb, on: `/${root}/twin-${verb.replaceAll(' ', '-')}` },
          'done',
        ),
      ),
      row(
        'create, in a file system that is mounted below a granted directory',
        { do: 'create', on: `${granted}/nested/attempt` },
        ['EROFS'],
        { in: 'root on the node', do: 'create', on: `${onNode}/nested/attempt` },
        'done',
      ),
      row(
        'mounts the grant again, writable',
        { do: 'call', on: 'remount writable', with: granted },
        ['EPERM'],
        { in: 'root on the node', do: 'call', on: 'remount writable', with: `/backends/${backend}` },
        'done',
      ),
      row(
        'takes the mount of the grant away',
        { do: 'call', on: 'unmount', with: granted },
        ['EPERM'],
        { in: 'root on the node', do: 'call', on: 'mount', with: '/tmp' },
        'done',
      ),
      row(
        'links a granted file into its own directory, to keep it',
        { do: 'link', on: `${granted}/open.txt`, with: `/${root}/kept` },
        ['EXDEV', 'EROFS'],
        { in: 'workspace', do: 'hard link', on: `/${root}/twin-kept`, with: 'fresh' },
        'done',
      ),
      read('reads a granted file that only its owner may read', 'owner.txt', ['EACCES']),
      read('leaves the granted directory upwards', '../private/secret.txt', ['ENOENT'], byOwner, 'secret'),
      read('follows a link of the neighbour to a directory beside the granted one', 'to-private/secret.txt', ['ENOENT'], byOwner, 'secret'),
      read('follows a link of the neighbour to a path of the node', 'to-private-on-the-node/secret.txt', ['ENOENT'], byOwner, 'secret'),
      row(
        'is led by a link of the neighbour to a file that is not its own',
        { do: 'same file', on: `${granted}/to-passwd`, with: '/etc/passwd' },
        ['true'],
        { in: 'workspace', do: 'same file', on: `${granted}/open.txt`, with: '/etc/passwd' },
        'false',
      ),
      row(
        'becomes the neighbour by its program with the user id bit',
        { do: 'run', on: `${granted}/become-neighbour identity now` },
        [own],
        { in: 'hostile image outside', do: 'run', on: 'become-root identity now' },
        / euid=0 /,
      ),
      row(
        'becomes root by a program of root that lies in the grant',
        { do: 'run', on: `${granted}/become-root identity now` },
        [own],
        { in: 'hostile image outside', do: 'run', on: 'become-root identity now' },
        / euid=0 /,
      ),
      row(
        'opens a device of the node that lies in the grant',
        { do: 'open for reading', on: `${granted}/device` },
        ['EPERM', 'EACCES'],
        { in: 'root on the node', do: 'open for reading', on: `${onNode}/device` },
        'done',
      ),
      row(
        'makes a device in its own directory',
        { do: 'make a device', on: `/${root}/device` },
        ['EPERM'],
        { in: 'root on the node', do: 'make a device', on: '/tmp/device' },
        'done',
      ),
      {
        ...row(
          'sends something to the neighbour through a pipe that it left in the grant',
          { do: 'open for both', on: `${granted}/fifo` },
          ['done'],
          { in: 'workspace of the neighbour', do: 'open for both', on: `/${root}/shared/session/fifo` },
          'done',
        ),
        residual: true, // read-only means files and directories; two labs that agree can talk on the same node
      },
    ];
  });
}
