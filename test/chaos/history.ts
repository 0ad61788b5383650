// What happened in a run with faults, as far as the API server and those who asked it can tell. Time is the revision of etcd: it counts the
// writes of the whole cluster, so "before" and "after" are exact between kinds and between processes.

/** One thing that somebody can have for himself: `Ports 31000-31015`, `StorageRoot gpfs:dept/smith`. */
export interface Thing {
  type: string;
  resource: string;
}

/** A reservation under one holder, as the server had it. A reservation that changes hands is two of them. */
export interface Holding extends Thing {
  /** metadata.uid of the holder; absent for what is shared. */
  holder?: string | undefined;
  from: number;
  /** Absent: it is there still. */
  until?: number;
}

/** A Lab or a ProcessingInstance. */
export interface Life {
  uid: string;
  kind: string;
  /** Its name, which a later object may have again; with the namespace, where it has one. */
  name: string;
  /** The identity that the object itself names. */
  adopts?: { uid: number; gid: number } | undefined;
  /** When somebody asked to delete it. */
  doomed?: number;
  gone?: number;
}

/** What one copy of the operator was told that a holder has. */
export interface Answer {
  holder: string;
  /** The answer was formed between these two. */
  started: number;
  ended: number;
  given: Thing[];
}

export interface History {
  holdings: Holding[];
  lives: Life[];
  answers: Answer[];
}
