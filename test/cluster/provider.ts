// The interface of everything that can give us a cluster, and the choice between them.
import { dockerAnswers } from './docker/engine.ts';
import { k3sProvider } from './docker/k3s.ts';
import { embeddedProvider } from './embedded/provider.ts';
import { existingProvider } from './existing.ts';
import type { Image } from './images/archive.ts';

export interface Provider {
  name: 'existing' | 'docker' | 'embedded';
  /** Starts the cluster or finds it running; ready when a node is. */
  up(): Promise<Connection>;
  /** Ends what `up` started and leaves nothing behind. Nothing to end is no failure. */
  down(): Promise<void>;
  /** One line for people; `running` is false unless everything is. */
  status(): Promise<{ running: boolean; text: string }>;
  /** Makes images and gives them to the node where it has them not. */
  loadImages(images: Image[]): Promise<void>;
}

export interface Connection {
  kubeconfig: string;
  /** Address at which node ports can be reached. */
  nodeAddress: string;
  /** JSON lines of audit.k8s.io/v1 Events; undefined where we cannot have one. */
  auditLog: string | undefined;
  /** Directory of this machine that the node sees at the same path, for storage roots; undefined where there is none. */
  exportsDir: string | undefined;
}

/** The first that can work here: an existing cluster, a Docker engine, a node made from nothing. */
export async function chooseProvider(name: string): Promise<Provider> {
  const kubeconfig = process.env.BULKHEAD_KUBECONFIG;
  if (kubeconfig) return existingProvider(kubeconfig);
  return (await dockerAnswers()) ? k3sProvider(name) : embeddedProvider(name);
}
