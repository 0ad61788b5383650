// Attacks over the network: from a Job in a workspace, which may reach the DNS of the cluster and nothing else.
import type { NodeAttack, Place } from './nodeattack.ts';
import { standIns } from './outside.ts';
import type { LabOnStage, Stage } from './stage.ts';

const silence = ['timeout', 'refused', 'unreachable'];
const databasePort = 5432;

/** @param operator its address, if it runs */
export function networkAttacks(stage: Stage, operator: string | undefined): NodeAttack[] {
  const { attacker, neighbour, apiServer, dns, facility } = stage;
  const node = facility.cluster.nodeAddress;
  /** What a Job in the workspace of the attacker tries, and who else can do it. */
  const reach = (name: string, on: string, by: Place = 'outside', verb = 'tcp'): NodeAttack => ({
    category: 'network',
    name: `reaches ${name}`,
    attack: { in: 'workspace', do: verb, on },
    held: silence,
    twin: { in: by, do: verb, on },
    works: 'open',
  });
  const applicationOf = (whose: string, { web, database }: LabOnStage, by: Place): NodeAttack[] => [
    reach(`the application of ${whose}`, `${web.pod}:${web.port}`, by),
    reach(`the Service of the application of ${whose}`, `${web.service}:${web.port}`, by),
    reach(`the node port of the application of ${whose}`, `${node}:${web.port}`, by),
    reach(`the database of ${whose}`, `${database.pod}:${databasePort}`, by),
    reach(`the Service of the database of ${whose}`, `${database.service}:${databasePort}`, by),
  ];
  const fromApplication = (attack: NodeAttack): NodeAttack => ({
    ...attack,
    name: `as an application, ${attack.name}`,
    attack: { ...attack.attack, in: 'application' },
  });
  const beyondEgress = (name: string, on: string): NodeAttack => {
    const { attack, ...others } = reach(`${name} (a stand-in)`, on);
    return { ...others, attack: { ...attack, in: 'workspace of the neighbour' } };
  };
  const elsewhere = [
    ...applicationOf('another lab', neighbour, 'application of the neighbour'),
    reach('the API server by its Service', apiServer.service),
    reach('the API server by its address', apiServer.address),
    reach('the kubelet', `${node}:10250`),
    reach('etcd on the node (a stand-in)', `${node}:2379`),
    reach('SSH on the node (a stand-in)', `${node}:22`),
    reach('the health port of kube-proxy (a stand-in)', `${node}:10256`),
    reach('NFS on a file server (a stand-in)', `${node}:2049`),
    reach('NFS on a file server by UDP (a stand-in)', `${node}:2049`, 'outside', 'udp'),
    reach('the port mapper of a file server (a stand-in)', `${node}:111`),
    reach('the port mapper of a file server by UDP (a stand-in)', `${node}:111`, 'outside', 'udp'),
    reach('the metadata service of a cloud (a stand-in)', `${standIns.metadata}:80`),
    reach('the internet (a stand-in)', `${standIns.internet}:443`),
    ...(operator ? [reach('the metrics of the operator', `${operator}:8080`)] : []),
    reach('another port of the DNS server', `${dns.pod}:8080`),
    reach('a DNS server outside by TCP (a stand-in)', `${standIns.internet}:53`),
    reach('a DNS server outside by UDP (a stand-in)', `${standIns.internet}:53`, 'outside', 'udp'),
  ];
  return [
    ...elsewhere,
    ...elsewhere.map(fromApplication),
    ...applicationOf('another instance of the own lab', attacker, 'application'),
    reach("an archive that another lab's egress names (a stand-in)", `${standIns.archive}:443`, 'workspace of the neighbour'),
    beyondEgress('another port of an archive that its egress names', `${standIns.archive}:8443`),
    beyondEgress('the internet beside an archive that its egress names', `${standIns.internet}:443`),
    {
      category: 'network',
      name: 'pings a pod of another lab',
      attack: { in: 'workspace', do: 'ping', on: neighbour.web.pod },
      held: silence,
      twin: { in: 'outside', do: 'ping', on: '127.0.0.1' },
      works: 'open',
    },
    {
      category: 'network',
      name: 'is reached by another lab in a Job',
      attack: { in: 'application of the neighbour', do: 'tcp', on: `${attacker.web.pod}:${attacker.web.port}` },
      held: silence,
      twin: { in: 'application', do: 'tcp', on: `${attacker.web.pod}:${attacker.web.port}` },
      works: 'open',
    },
    {
      category: 'network',
      name: 'finds the node by IPv6, where policies for IPv4 do not look',
      attack: { in: 'workspace', do: 'ping6', on: 'ff02::1%eth0' },
      held: [...silence, 'EADDRNOTAVAIL'],
      twin: { in: 'workspace', do: 'ping6', on: '::1' },
      works: 'open',
    },
    ...disclosures(stage),
  ];
}

/** DNS tells every pod the names and addresses of all Services, whoever owns them: Kubernetes has no wall there. */
function disclosures({ neighbour, dns }: Stage): NodeAttack[] {
  const lookup = { do: 'lookup', on: neighbour.web.name };
  return [
    {
      category: 'names',
      name: 'finds the Service of another lab by its name',
      attack: { in: 'workspace', ...lookup },
      held: [neighbour.web.service],
      twin: { in: 'application of the neighbour', ...lookup },
      works: neighbour.web.service,
      residual: true,
    },
    {
      category: 'names',
      name: 'finds the name of a Service of another lab by its address',
      attack: { in: 'workspace', do: 'reverse', on: neighbour.database.service },
      held: [`${neighbour.database.name}.`],
      twin: { in: 'application of the neighbour', do: 'reverse', on: neighbour.database.service },
      works: `${neighbour.database.name}.`,
      residual: true,
    },
    {
      category: 'names',
      name: 'lists Services of another lab by a wildcard',
      attack: { in: 'workspace', do: 'lookup', on: `*.${neighbour.web.name.split('.').slice(1).join('.')}` },
      held: ['no such name'],
      twin: { in: 'workspace', ...lookup },
      works: neighbour.web.service,
    },
    {
      category: 'names',
      name: 'asks a DNS server that it chose',
      attack: { in: 'workspace', ...lookup, with: `${standIns.internet}:53` },
      held: ['timeout'],
      twin: { in: 'workspace', ...lookup, with: `${dns.service}:53` },
      works: neighbour.web.service,
    },
  ];
}
