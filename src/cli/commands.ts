// The table of the CLI's commands. A new command is a file beside this one and a row here.
import type { Command } from './command.ts';
import { approve } from './approve.ts';
import { attempts } from './attempts.ts';
import { checkpoints } from './checkpoints.ts';
import { explain } from './explain.ts';
import { exportWeights } from './export.ts';
import { fork } from './fork.ts';
import { inspect } from './inspect.ts';
import { inventory } from './inventory.ts';
import { logs } from './logs.ts';
import { orphans } from './orphans.ts';
import { pin } from './pin.ts';
import { plan } from './plan.ts';
import { pull } from './pull.ts';
import { resume } from './resume.ts';
import { retry } from './retry.ts';
import { rollback } from './rollback.ts';
import { status } from './status.ts';
import { suspend } from './suspend.ts';
import { unpin } from './unpin.ts';
import { usage } from './usage.ts';
import { why } from './why.ts';

export const commands: readonly Command[] = [
  status,
  why,
  attempts,
  logs,
  inspect,
  checkpoints,
  plan,
  explain,
  inventory,
  usage,
  orphans,
  pull,
  exportWeights,
  suspend,
  resume,
  retry,
  rollback,
  fork,
  pin,
  unpin,
  approve,
];
