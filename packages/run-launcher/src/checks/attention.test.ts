import { parseGpus } from '@slipway/effects';
import { expect, it } from 'vitest';
import { recorded } from '../testing/nvidia-smi.ts';
import { type AttentionEvidence, judgeAttention } from './attention.ts';

const ampere: AttentionEvidence = {
  image: 'ampere-v0.1.1',
  gpus: parseGpus(recorded.ampere),
  instead: null,
  contract: {
    flashAttention: 2,
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
    { gpus: parseGpus(recorded.turing) },
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
    'whether ampere-v0.1.1 has flash-attention is not known: it has no labels and was not tried; add --pull.',
  ],
])('%j', (evidence, sentence) => {
  expect(judgeAttention({ ...ampere, ...evidence }).sentence).toBe(sentence);
});
