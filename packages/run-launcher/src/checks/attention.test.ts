import { parseGpus } from '@slipway/effects';
import { expect, it } from 'vitest';
import { recorded } from '../testing/nvidia-smi.ts';
import { type AttentionEvidence, judgeAttention } from './attention.ts';

const ampere: AttentionEvidence = {
  image: 'ampere-v0.1.1',
  gpus: parseGpus(recorded.ampere),
  instead: null,
  siblings: [],
  contract: {
    flashAttention: 2,
    flashAttnCudaArchs: '80',
    minimumDriver: '525.60.13',
    computeCapabilities: ['8.0', '8.6'],
    torch: '2.7.1',
  },
  imported: { outcome: 'imported', version: '2.7.4.post1', torch: '2.7.1' },
};

it.each<[Partial<AttentionEvidence>, string]>([
  [
    {},
    'flash-attention 2.7.4.post1 of ampere-v0.1.1 (which imports) will be used on the A100-SXM4-80GB (8.0) with driver 580.126.09.',
  ],
  [
    { imported: null },
    'flash-attention 2 of ampere-v0.1.1 (by the labels of the image, not tried: it is not here) will be used on the A100-SXM4-80GB (8.0) with driver 580.126.09.',
  ],
  [
    // An image that is not for it is refused, whatever it would do there.
    { gpus: parseGpus(recorded.turing) },
    'slipway run refuses ampere-v0.1.1 on the RTX 2080 Ti (7.5), because it is for 8.0, 8.6.',
  ],
  [
    { withoutAccess: 'docker of this host cannot give a GPU to a container' },
    'slipway run refuses ampere-v0.1.1 here, because docker of this host cannot give a GPU to a container.',
  ],
  [
    { contract: null, imported: null, untried: 'no python can be started in it' },
    'whether ampere-v0.1.1 has flash-attention is not known: it has no labels, and no python can be started in it.',
  ],
  [
    {
      gpus: parseGpus(recorded.turing),
      contract: { ...ampere.contract, computeCapabilities: ['7.5', '8.0'] } as AttentionEvidence['contract'],
    },
    "regular attention (torch's scaled_dot_product_attention) will be used, because the RTX 2080 Ti (7.5) is older than compute capability 8.0, which flash-attention 2 needs.",
  ],
  [
    {
      contract: { ...ampere.contract, flashAttention: null } as AttentionEvidence['contract'],
      imported: null,
    },
    "regular attention (torch's scaled_dot_product_attention) will be used, because ampere-v0.1.1 has no flash-attention.",
  ],
  [
    { imported: { outcome: 'failed', error: 'ImportError: undefined symbol: _ZN3c10', torch: '2.7.1' } },
    "regular attention (torch's scaled_dot_product_attention) will be used, because flash_attn in ampere-v0.1.1 cannot be imported (ImportError: undefined symbol: _ZN3c10).",
  ],
  [
    { gpus: [], instead: 'there is no nvidia-smi' },
    "regular attention (torch's scaled_dot_product_attention) will be used, because this host has no GPU (there is no nvidia-smi).",
  ],
  [
    { gpus: parseGpus(recorded.ampere.replace('580.126.09', '470.182.03')) },
    'no GPU program of ampere-v0.1.1 will start, because the driver 470.182.03 is older than 525.60.13.',
  ],
  [
    { contract: null, imported: null },
    'whether ampere-v0.1.1 has flash-attention is not known: it has no labels, and was not tried; add --pull.',
  ],
  [
    { gpus: parseGpus('NVIDIA H100 80GB HBM3, 9.0, 570.86.15, 81559 MiB') },
    'slipway run refuses ampere-v0.1.1 on the H100 80GB HBM3 (9.0), because it is for 8.0, 8.6.',
  ],
  [
    {
      gpus: parseGpus('NVIDIA B200, 10.0, 570.86.15, 183359 MiB'),
      siblings: [{ tag: 'blackwell-v0.1.1', computeCapabilities: ['10.0'] }],
    },
    'slipway run refuses ampere-v0.1.1 on the B200 (10.0), because it is for 8.0, 8.6; use blackwell-v0.1.1.',
  ],
  [
    {
      gpus: parseGpus('NVIDIA H100 80GB HBM3, 9.0, 570.86.15, 81559 MiB'),
      contract: { ...ampere.contract, computeCapabilities: ['8.0', '9.0'] } as AttentionEvidence['contract'],
    },
    "regular attention (torch's scaled_dot_product_attention) will be used, because flash-attention 2 of ampere-v0.1.1 was compiled for 8.0, which does not run on the H100 80GB HBM3 (9.0).",
  ],
  [
    // A cubin of 8.0 runs on 8.6.
    { gpus: parseGpus('NVIDIA GeForce RTX 3090, 8.6, 570.86.15, 24576 MiB') },
    'flash-attention 2.7.4.post1 of ampere-v0.1.1 (which imports) will be used on the RTX 3090 (8.6) with driver 570.86.15.',
  ],
  [
    { gpus: [], instead: 'x', failure: 'nvidia-smi timed out after 10000 ms' },
    'whether ampere-v0.1.1 can use flash-attention here is not known: nvidia-smi timed out after 10000 ms; see whether nvidia-smi ever ends: a GPU that hangs takes a restart of the host, and one that is slow to begin is kept ready by sudo nvidia-smi -pm 1.',
  ],
  [
    { gpus: parseGpus('NVIDIA A100, [N/A], 570.86.15, 81920 MiB') },
    'whether ampere-v0.1.1 can use flash-attention here is not known: nvidia-smi does not tell what the A100 (compute capability not told) is able to.',
  ],
  [
    { gpus: [], instead: 'x', oldDriver: { version: '470.182.03', gpus: ['A100'] } },
    'whether ampere-v0.1.1 can use flash-attention here is not known: the driver 470.182.03 cannot tell what its GPUs are able to; update it.',
  ],
])('%j', (evidence, sentence) => {
  expect(judgeAttention({ ...ampere, ...evidence }).sentence).toBe(sentence);
});
