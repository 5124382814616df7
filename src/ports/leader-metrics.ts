// What an election tells whoever counts.

export interface LeaderMetrics {
  /** This replica became the leader, or ceased to be it. */
  turned(to: 'leader' | 'standby'): void;
}
