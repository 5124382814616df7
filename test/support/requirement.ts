// A group of tests that needs something this machine may not have. It is skipped with its reason in the title, which
// `make test` prints; a skip without a reason fails the run. Inside a running test `ctx.skip('reason')` does the same.
import { describe } from 'vitest';

/** As describe(); with `missing` given ("root", "containerd 2", …) the group is skipped and says "[needs <missing>]". */
export function describeWith(missing: string | undefined, title: string, body: () => void): void {
  const reason = missing === undefined ? '' : ` [needs ${missing}]`;
  describe.skipIf(missing !== undefined)(`${title}${reason}`, body);
}
