import { gpuAccess } from '../facts/host-facts.ts';
import type { Check } from './check.ts';

const lacking = {
  docker: 'there is neither the NVIDIA Container Toolkit nor a CDI specification of the GPUs',
  podman: 'there is no CDI specification of the GPUs',
} as const;

const ways = { toolkit: 'the NVIDIA Container Toolkit', cdi: 'a CDI specification of them' } as const;

const specify = 'sudo nvidia-ctk cdi generate --output=/etc/cdi/nvidia.yaml';

/** Whether the engine can give GPUs to a container at all, and those of the plan where it finds them by name. */
export const toolkit: Check = {
  name: 'toolkit',
  forcible: true,
  needsImage: true,
  look(plan, { host }) {
    const { engine, gpus } = host;
    if (engine === null || (plan === null ? gpus.length === 0 : plan.gpus === null)) return [];
    const scheduler = plan?.scheduler ?? engine.name;
    const access = scheduler === 'docker' && plan?.gpus ? plan.gpus.access : gpuAccess(scheduler, host);
    const gives = {
      toolkit: host.toolkitHook || engine.runtimes.includes('nvidia'),
      cdi: engine.cdi.length > 0,
    };
    const other = access === 'toolkit' ? 'cdi' : 'toolkit';
    if (scheduler === 'docker' && !gives[access] && gives[other]) {
      return [
        {
          severity: 'error',
          code: 'toolkit-missing',
          found: `the plan asks docker for GPUs through ${ways[access]}, and this host has ${ways[other]} instead`,
          remedy: 'make a new plan',
        },
      ];
    }
    if (access === 'toolkit' && gives.toolkit) {
      return [{ severity: 'ok', found: 'the NVIDIA Container Toolkit is there' }];
    }
    if (!gives[access]) {
      return [
        {
          severity: 'error',
          code: 'toolkit-missing',
          found: `${scheduler} of this host cannot give a GPU to a container: ${lacking[scheduler]}`,
          remedy: `install the toolkit (https://docs.nvidia.com/datacenter/cloud-native/container-toolkit/install-guide.html), then ${specify}`,
        },
      ];
    }
    // Without a plan: what a run gets by default.
    const unknown = [plan?.gpus?.devices ?? 'all'].flat().filter((device) => !engine.cdi.includes(device));
    if (unknown.length === 0) {
      return [{ severity: 'ok', found: `${scheduler} finds the GPUs by their CDI specification` }];
    }
    return [
      {
        severity: 'error',
        code: 'toolkit-missing',
        found: `${scheduler} of this host cannot give GPU ${unknown.join(', ')} to a container: the CDI specification knows ${engine.cdi.join(', ')}`,
        remedy: `name some of these with --gpus device=, or write the specification anew: ${specify}`,
      },
    ];
  },
};
