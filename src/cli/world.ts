// What the commands are given: the ports, and the user's environment as it was understood.
import type { CliConfig } from '../config/cli-config.ts';
import type { Clock } from '../ports/clock.ts';
import type { Cluster } from '../ports/cluster.ts';
import type { Disk } from '../ports/disk.ts';
import type { BucketAddress, Credentials, ObjectStore } from '../ports/objects.ts';
import type { TerminalOutput } from '../ports/terminal.ts';

/** Which API server, as kubectl's options say it; undefined = as kubectl would choose. */
export interface ClusterChoice {
  readonly kubeconfig: string | undefined;
  readonly context: string | undefined;
}

export interface OpenedCluster extends AsyncDisposable {
  readonly cluster: Cluster;
  /** The namespace of the kubeconfig's context. */
  readonly namespace: string;
}

/** What is written in a file, without its empty documents, or why it is not YAML: a clause that names the place. */
export type YamlReading = { readonly documents: readonly unknown[] } | { readonly why: string };

export interface YamlCodec {
  /** The text, ending in a line feed, that any reader of YAML reads back; `value` is what JSON can say, a field that is undefined is left out. */
  format(value: object): string;
  /** What YAML only warns of is an error here: nothing is guessed. */
  read(text: string): YamlReading;
}

export interface CliWorld {
  readonly version: string;
  readonly config: CliConfig;
  /** Data. */
  readonly out: TerminalOutput;
  /** Messages and progress, beside the data. */
  readonly messages: TerminalOutput;
  /** False where only plain ASCII shall be drawn into the data: no terminal, or NO_COLOR. */
  readonly isDrawn: boolean;
  /** The user's files. Relative paths start at {@link directory}. */
  readonly disk: Disk;
  readonly directory: string;
  readonly clock: Clock;
  /** Chance: a number from 0 up to, not including, 1. */
  readonly random: () => number;
  readonly loadYaml: () => Promise<YamlCodec>;
  /** Asks a person, and is told yes or no; undefined where there is no terminal to ask on. */
  readonly confirm: ((question: string, signal: AbortSignal) => Promise<boolean>) | undefined;
  /** Makes no request; rejects with ClusterError when the kubeconfig cannot be used. */
  readonly openCluster: (choice: ClusterChoice) => Promise<OpenedCluster>;
  /** Makes no request. Without credentials: those of the user's AWS environment or profile. */
  readonly openBucket: (address: BucketAddress, credentials: Credentials | undefined) => Promise<ObjectStore>;
}

/** The absolute path of what the user called a file. */
export const pathOf = ({ directory }: CliWorld, name: string): string =>
  name.startsWith('/') ? name : `${directory.replace(/\/$/, '')}/${name.replace(/^(\.\/)+/, '')}`;
