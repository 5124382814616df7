// Which operator leads, as the Lease says.
import { operatorNamespace } from '../../../dev/cluster/operator-process.ts';
import type { KubeLease } from '../../../src/ports/kube-objects.ts';
import { eventually } from './patience.ts';
import { stage } from './stage.ts';

const path = `/apis/coordination.k8s.io/v1/namespaces/${operatorNamespace}/leases/reprise-operator`;

/** The identity of the process that holds the Lease: its name, `_` and an id of its own; undefined: nobody. */
export async function leader(): Promise<string | undefined> {
  return (await stage().api.find<KubeLease>(path))?.spec?.holderIdentity ?? undefined;
}

/** Resolves with the identity of the leader once it is not this one. */
export async function untilAnotherLeads(former: string | undefined): Promise<string> {
  let found: string | undefined;
  await eventually({
    otherwise: `nobody took over from ${former}`,
    everyMillis: 50,
    check: async () => {
      found = await leader();
      return found === undefined || found === former ? `the Lease is held by ${found}` : undefined;
    },
  });
  return found ?? '';
}
