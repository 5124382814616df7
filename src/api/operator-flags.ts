// What the operator was told of retention, where no policy says otherwise: as the status of a store tells it, and an inventory.
import { z } from 'zod';
import { approveAbove } from './policy-spec.ts';

export const operatorFlags = z.object({
  graceSeconds: z
    .int()
    .min(0)
    .describe('How long a checkpoint stays condemned; policies may only lengthen it.'),
  approveAbove: approveAbove.describe('More newly condemned at once than both wait for approval.'),
});
