// The three times of an election, as client-go's leaderelection names them.
import type { Seconds } from '../../domain/units.ts';

export interface LeaseTimings {
  /** So long others wait after they last saw the Lease renewed. */
  readonly durationSeconds: Seconds;
  /** So long after its last renewal was sent a leader still acts: less than the duration, for clocks that run differently. */
  readonly renewDeadlineSeconds: Seconds;
  /** How often a leader renews, and the others look. */
  readonly retryPeriodSeconds: Seconds;
}
