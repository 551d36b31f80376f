import type { Check } from './check.ts';

const lacking = {
  docker: 'there is neither the NVIDIA Container Toolkit nor a CDI specification of the GPUs',
  podman: 'there is no CDI specification of the GPUs',
} as const;

/** Whether the engine can give GPUs to a container at all. */
export const toolkit: Check = {
  name: 'toolkit',
  forcible: true,
  needsImage: true,
  look(plan, { host }) {
    const { engine, gpus } = host;
    if (engine === null || (plan === null ? gpus.length === 0 : plan.gpus === null)) return [];
    if (engine.cdi)
      return [{ severity: 'ok', found: `${engine.name} finds the GPUs by their CDI specification` }];
    if (engine.name === 'docker' && (host.toolkitHook || engine.runtimes.includes('nvidia'))) {
      return [{ severity: 'ok', found: 'the NVIDIA Container Toolkit is there' }];
    }
    return [
      {
        severity: 'error',
        code: 'toolkit-missing',
        found: `${engine.name} ${engine.version} of this host cannot give a GPU to a container: ${lacking[engine.name]}`,
        remedy:
          'install the toolkit (https://docs.nvidia.com/datacenter/cloud-native/container-toolkit/install-guide.html), then sudo nvidia-ctk cdi generate --output=/etc/cdi/nvidia.yaml',
      },
    ];
  },
};
