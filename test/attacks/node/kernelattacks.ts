// Attacks on the identity of a process, and on the kernel and the node under it.

import { roots } from './cast.ts';
import type { NodeAttack, Try } from './nodeattack.ts';
import type { Stage } from './stage.ts';

const noCapabilities = '0000000000000000';

export function identityAttacks({ attacker, neighbour }: Stage): NodeAttack[] {
  const ids = (...groups: number[]) => `uid=${attacker.uid} gid=${attacker.gid} groups=[${groups.sort().join(' ')}]`;
  const whoAmI = { do: 'identity' };
  const becomeRoot = { do: 'run', on: 'become-root identity now' };
  const row = (name: string, attack: Try, held: string[] | RegExp, twin: Try, works: string | RegExp): NodeAttack => ({
    category: 'identity',
    name,
    attack,
    held,
    twin,
    works,
  });
  const status = (field: string, held: string, works: string | RegExp) =>
    row(
      `has another ${field} than ${held}`,
      { in: 'hostile image', do: 'status', on: field },
      [held],
      { in: 'root on the node', do: 'status', on: field },
      works,
    );
  return [
    row(
      'has another identity than its lab with the group of a grant',
      { in: 'workspace', ...whoAmI },
      [ids(attacker.gid, neighbour.gid)],
      { in: 'outside', ...whoAmI },
      /^uid=65532/,
    ),
    row(
      'has the group of a grant that it does not use',
      { in: 'application', ...whoAmI },
      [ids(attacker.gid)],
      { in: 'workspace', ...whoAmI },
      ids(attacker.gid, neighbour.gid),
    ),
    row(
      'gets groups of all labs from its image',
      { in: 'hostile image', ...whoAmI },
      [ids(attacker.gid, neighbour.gid)],
      { in: 'hostile image outside', ...whoAmI },
      /groups=\[0 200000 200001 /,
    ),
    row(
      'becomes root by a program of its image',
      { in: 'hostile image', ...becomeRoot },
      [ids(attacker.gid, neighbour.gid)],
      { in: 'hostile image outside', ...becomeRoot },
      / euid=0 /,
    ),
    row(
      'becomes root by su',
      { in: 'hostile image', do: 'run', on: 'su root -c true' },
      /must be suid|incorrect|not permitted/,
      { in: 'root on the node', do: 'run', on: 'su root -c true' },
      'done',
    ),
    ...['CapPrm', 'CapEff', 'CapBnd'].map((field) => status(field, noCapabilities, /[1-9a-f]/)),
    status('NoNewPrivs', '1', '0'),
    status('Seccomp', '2', '0'),
    ...['setuid', 'setgid', 'setgroups'].map((call) =>
      row(
        `changes its identity by ${call}`,
        { in: 'workspace', do: 'call', on: call },
        ['EPERM'],
        { in: 'root on the node', do: 'call', on: call },
        'done',
      ),
    ),
    ...roots.map(({ root, backend }) =>
      row(
        `makes files of somebody else on ${backend}`,
        { in: 'workspace', do: 'owner of a new file', on: `/${root}/owned` },
        [`${attacker.uid}:${attacker.gid}`],
        { in: 'root on the node', do: 'owner of a new file', on: '/tmp/owned' },
        '0:0',
      ),
    ),
    row(
      'finds a token of the API server',
      { in: 'workspace', do: 'list', on: '/var/run/secrets' },
      ['ENOENT'],
      { in: 'outside', do: 'list', on: '/var/run/secrets/kubernetes.io/serviceaccount' },
      /token/,
    ),
    row(
      'finds Services of its namespace in its environment',
      { in: 'application', do: 'environment', on: 'PATH HOME HOSTNAME BULKHEAD_ KUBERNETES_' },
      [''],
      { in: 'application', do: 'environment', on: 'PATH HOME HOSTNAME KUBERNETES_' },
      /BULKHEAD_DB_HOST/,
    ),
  ];
}

export function kernelAttacks(): NodeAttack[] {
  const row = (
    name: string,
    attack: Omit<Try, 'in'>,
    held: string[] | RegExp,
    works: string | RegExp,
    twin: Omit<Try, 'in'> = attack,
  ): NodeAttack => ({
    category: 'node',
    name,
    attack: { in: 'workspace', ...attack },
    held,
    twin: { in: 'root on the node', ...twin },
    works,
  });
  const call = (on: string, held = ['EPERM'], works: string | RegExp = 'done') =>
    row(`asks the kernel for ${on}`, { do: 'call', on, with: '/tmp' }, held, works);
  const open = (path: string) =>
    row(`opens ${path} for writing`, { do: 'open for writing', on: path }, ['EROFS', 'EACCES', 'ENOENT'], 'done');
  return [
    ...['mount', 'chroot', 'user namespace', 'mount namespace', 'raw socket', 'packet socket', 'userfaultfd', 'kernel keyring'].map(
      (name) => call(name),
    ),
    call('bpf', ['EPERM'], 'EINVAL'),
    call('perf events', ['EPERM'], 'EFAULT'),
    call('io_uring', ['EPERM'], 'EFAULT'),
    call('open by handle', ['EPERM'], 'ESTALE'),
    ...['/proc/sys/kernel/core_pattern', '/proc/sys/net/ipv4/ip_forward'].map(open),
    row('makes a control group', { do: 'mkdir', on: '/sys/fs/cgroup/memory/attempt' }, ['EROFS', 'EACCES', 'ENOENT'], 'done'),
    row('reads the messages of the kernel', { do: 'open for reading', on: '/dev/kmsg' }, ['ENOENT'], 'done'),
    row(
      'finds devices of the node',
      { do: 'list', on: '/dev' },
      ['fd full mqueue null ptmx pts random shm stderr stdin stdout termination-log tty urandom zero'],
      /kmsg/,
    ),
    row('sees processes of others', { do: 'processes' }, ['1'], /^[0-9]+$/),
    row('finds another root behind the first process', { do: 'same file', on: '/proc/1/root', with: '/' }, ['true'], 'false', {
      do: 'same file',
      on: '/proc/1/root',
      with: '/backends',
    }),
    row(
      'has mounts that nobody listed',
      { do: 'mounts' },
      ['/granted-local=ro /granted=ro /projects=rw /run/bulkhead/access=ro /scratch=rw /tmp=rw'],
      /backends/,
    ),
  ];
}
