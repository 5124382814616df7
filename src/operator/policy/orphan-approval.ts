// A person's word on what runs that are gone left: the annotation reprise.dev/approve on a policy names, by one digest, all that waits under
// it. What was asked for is remembered, so that a word that comes late still means what it meant.
import { annotations } from '../../api/names.ts';
import { digestOfPlaces } from '../../domain/retention/approval.ts';
import { selects } from '../../domain/retention/policy.ts';
import type { KubeObject } from '../../ports/kube-objects.ts';
import type { Planned } from './policy-plan.ts';
import type { PolicyWorld } from './policy-world.ts';

/** How many of the sets that a word was asked for are remembered of each policy, the newest. */
const remembered = 16;

/** Digests by place. */
type WaitingSets = ReadonlyMap<string, string>;

export class OrphanApproval {
  readonly #world: PolicyWorld;
  /** By the UID of the policy, then by digest. */
  readonly #asked = new Map<string, ReadonlyMap<string, WaitingSets>>();

  constructor(world: PolicyWorld) {
    this.#world = world;
  }

  /** Passes each word on to the places that it names. Returns the digest of what waits under each policy, by its name. */
  judge({ reading, view }: Planned): ReadonlyMap<string, string> {
    const { orphans, policyObjects } = this.#world;
    const digests = new Map<string, string>();
    for (const policy of reading.understood) {
      const object = policyObjects.get(policy.name);
      if (policy.orphans === undefined || object === undefined) continue;
      const selected = view.orphans.filter(({ question }) => selects(policy, question));
      const waiting = new Map(
        selected.flatMap(({ place }) => {
          const digest = orphans.of(place)?.waiting?.digest;
          return digest === undefined ? [] : [[place, digest] as const];
        }),
      );
      if (waiting.size > 0) digests.set(policy.name, digestOfPlaces(waiting));
      for (const [place, digest] of this.#namedBy(object, waiting)) orphans.approve(place, digest);
    }
    return digests;
  }

  /** What the word on the policy names, of all that it was ever asked for. */
  #namedBy({ metadata }: KubeObject, waiting: WaitingSets): WaitingSets {
    const before = this.#asked.get(metadata.uid) ?? new Map<string, WaitingSets>();
    const asked =
      waiting.size === 0 || before.has(digestOfPlaces(waiting))
        ? before
        : new Map([...before, [digestOfPlaces(waiting), waiting] as const].slice(-remembered));
    this.#asked.set(metadata.uid, asked);
    return asked.get(metadata.annotations?.[annotations.approve] ?? '') ?? new Map();
  }
}
