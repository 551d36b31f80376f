import { doctorCommand } from '../commands/doctor.ts';
import { flashAttentionCommand } from '../commands/doctor-flash-attention.ts';
import { call, type RunOptions } from './call.ts';
import { refuseOthers } from './refuse-others.ts';

/** `nx run run-launcher:doctor`, and `--args=flash-attention` for what `slipway doctor flash-attention` says. */
export default (options: RunOptions): Promise<{ success: boolean }> =>
  call(options, async ([topic, ...more], flags) => {
    if (topic === 'flash-attention') {
      refuseOthers(['doctor', topic], flags, more);
      return await flashAttentionCommand(flags);
    }
    refuseOthers(['doctor'], flags, more);
    return await doctorCommand(flags, topic);
  });
