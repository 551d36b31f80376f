import { expect, it } from 'vitest';
import type { RunPlan } from '../plan/run-plan.ts';
import type { CheckFacts } from './check.ts';
import { options } from './options.ts';

const found = (plan: Partial<RunPlan>): string[] =>
  options
    .look(
      { command: [], environment: {}, updates: [], origins: {}, ...plan } as unknown as RunPlan,
      {} as CheckFacts,
    )
    .map((finding) => finding.found);

it.each([
  ['EXPERIMENT.WANDB', "{'KEY': 'SEKRETabc'}", 'EXPERIMENT.WANDB.KEY'],
  ['EXPERIMENT.WANDB', '{"PROJECT": "x", "KEY":"SEKRETabc"}', 'EXPERIMENT.WANDB.KEY'],
  ['EXPERIMENT', "[{'A': 1, 'WANDB': {'B': [1, 2], 'KEY': 'SEKRETabc'}}]", 'EXPERIMENT.WANDB.KEY'],
  ['A', '{wandb:{key:SEKRETabc}}', 'A.wandb.key'],
  ['A', "{'TOKENS': ['SEKRETabc']}", 'A.TOKENS'],
  ['EXPERIMENT.WANDB.KEY ', 'SEKRETabc', 'EXPERIMENT.WANDB.KEY'],
  ['X["KEY"]', 'SEKRETabc', 'X["KEY"]'],
  ["X['api_key'][0]", 'SEKRETabc', "X['api_key'][0]"],
  ['X.KEY2', 'SEKRETabc', 'X.KEY2'],
  ['WANDB.API_KEY_1', 'SEKRETabc', 'WANDB.API_KEY_1'],
  ['WANDB.API_KEY_V2', 'SEKRETabc', 'WANDB.API_KEY_V2'],
  ['X.APPLICATIONKEY', 'SEKRETabc', 'X.APPLICATIONKEY'],
  ['x.wandbKey', 'SEKRETabc', 'x.wandbKey'],
  ['X.TOKENS', 'SEKRETabc', 'X.TOKENS'],
  ['X.AUTH', 'SEKRETabc', 'X.AUTH'],
  ['X.BEARER', 'SEKRETabc', 'X.BEARER'],
  ['X.URL', 'https://h/x?a=1&api_key=SEKRETabc', 'X.URL'],
  ['X.URL', 'https://h/x?sig=SEKRETabc', 'X.URL'],
  ['X.URL', 'ann:SEKRETabc@10.0.0.1:/x', 'X.URL'],
  ['X.PGPASSWORD', 'SEKRETabc', 'X.PGPASSWORD'],
  ['X.DB_PWD', 'SEKRETabc', 'X.DB_PWD'],
  ['X.GITHUB_PAT', 'SEKRETabc', 'X.GITHUB_PAT'],
  ['X.APP_KEY', '123', 'X.APP_KEY'],
  ['B2.APPLICATION_KEY', 'true', 'B2.APPLICATION_KEY'],
  ['EXPERIMENT.WANDB.KEY', '[SEKRETabc]', 'EXPERIMENT.WANDB.KEY'],
  ['EXPERIMENT.WANDB.KEY', '<SEKRETabc>', 'EXPERIMENT.WANDB.KEY'],
  ['EXPERIMENT.WANDB', "{'KEY': '<SEKRETabc>'}", 'EXPERIMENT.WANDB.KEY'],
  ['X.PWD', 'SEKRETabc', 'X.PWD'],
  ['X.PASSCODE', '31415926', 'X.PASSCODE'],
  ['X.SECRET.VALUE', 'SEKRETabc', 'X.SECRET.VALUE'],
  ['X.AUTH_TOKEN.VALUE', 'SEKRETabc', 'X.AUTH_TOKEN.VALUE'],
  ['X.APP_KEY.PROD', 'SEKRETabc', 'X.APP_KEY.PROD'],
  ['X.apiKeys.prod', 'SEKRETabc', 'X.apiKeys.prod'],
  ['X.WEBHOOK', 'https://hooks.slack.com/services/SEKRET', 'X.WEBHOOK'],
  ['X.WEBHOOK_URL', 'https://hooks.slack.com/services/SEKRET', 'X.WEBHOOK_URL'],
])('refuses --opts %s %s', (key, value, named) => {
  expect(found({ command: ['python', 'm.py', '--opts', key, value] })).toEqual([
    expect.stringContaining(`--opts gives ${named} a value`),
  ]);
});

it.each([
  ['DATA.BANDPASS', 'high'],
  ['DATA.URL', 'https://h/x?max_tokens=512'],
  ['TOKENIZER.PAD_TOKEN', '[PAD]'],
  ['TOKENIZER.EOS_TOKEN', '</s>'],
  ['TOKENIZER.TOKEN', '<|endoftext|>'],
  ['TOKENIZER.SPECIAL_TOKENS', "['<a>', '<b>']"],
  ['TOKENIZER', "{'pad_token': '[PAD]', 'mask_token': 'm', 'max_tokens': 4096}"],
  ['MODEL', "{'key': '', 'cls_token': True, 'token': None}"],
  ['MODEL.CLS_TOKEN', 'True'],
  ['MODEL.NUM_TOKENS', '512'],
  ['TRAIN.TOKENS', '300B'],
  ['TRAIN.MAX_TOKENS', '1_000_000'],
  ['MODEL.NUM_KEYS2', '16384'],
  ['DATA.SORT_KEY', 'name'],
  ['DATA.IMAGE_KEYS', "['rgb']"],
  ['DATA.URL', 'https://h/x?page_token=&sort_key=name&size=9'],
  ['DATA.IMAGE', 'registry:5000/app:v1@sha256:abc'],
  ['USE_AUTH', 'false'],
  ['A.AUTHOR', 'ann'],
  ['A.KEY', '$' + '{oc.env:WANDB_API_KEY}'],
  ['EXPERIMENT.WANDB.KEY', ''],
  ['EXPERIMENT.WANDB.KEY', "''"],
  ['EXPERIMENT.WANDB.KEY', 'None'],
  ['X.APP_KEY', 'null'],
  ['TOKENIZER', 'bpe'],
  ['MODEL.TOKEN_DIM', '4096'],
  ['DATA.KEY_FRAMES', 'first'],
  ['TRAIN.PASSES', 'many'],
  ['MODEL.KEY.VALUE', 'linear'],
  ['MODEL.TOKEN.VALUE', 'linear'],
  ['MODEL.ADDED_TOKEN.VALUE', 'linear'],
  ['ATTN.QUERY_KEY.VALUE', 'linear'],
  ['MAX_TOKENS.DEV', 'many'],
  ['MAX_TOKENS.PROD', 'many'],
  ['DATA.TOKEN.TEST', 'a'],
  ['DATA.SECRET.STRING', 'a'],
  ['DATA.TOKENS.TEST', '300B'],
  ['DATA.SPLIT.TEST', 'a'],
  ['X.PWD', '/work'],
  ['X.APP_KEY_ID', 'me'],
  ['NOTIFY.WEBHOOK', 'false'],
])('takes --opts %s %s', (key, value) => {
  expect(found({ command: ['python', 'm.py', '--opts', key, value] })).toEqual([]);
});

it.each([
  ['experiment.wandb.key', '+experiment.wandb.key=SEKRETabc'],
  ['experiment.wandb.key', '++experiment.wandb.key=SEKRETabc'],
  ['experiment.wandb.key', 'experiment.wandb={project:x,key:SEKRETabc}'],
  ['EXPERIMENT.WANDB.KEY', 'EXPERIMENT.WANDB.KEY SEKRETabc'],
  ['cfg["token"]', '--cfg["token"]=SEKRETabc'],
  ['API_KEY_2', 'API_KEY_2=SEKRETabc'],
  ['auth', '--auth SEKRETabc'],
  ['url', '--url=https://h/?access_token=SEKRETabc'],
])('refuses a value of %s in the command: %s', (named, words) => {
  expect(found({ command: ['python', 'm.py', ...words.split(' ')] })).toEqual([
    expect.stringContaining(`the command gives ${named} a value`),
  ]);
});

it.each([
  'env MAX_TOKENS=4096 python m.py',
  'python m.py +tokenizer.pad_token=[PAD] data.sort_key=name trainer.num_tokens=512 +model.key=null',
  'python m.py --primary-key id --num-tokens 512 --pad-token [PAD]',
  'python m.py MODEL.TOKENIZER bpe MODEL.MAX_TOKENS 4096',
  'python m.py data/key=3/part.parquet',
])('takes %s', (command) => {
  expect(found({ command: command.split(' ') })).toEqual([]);
});

it('names no option of one letter, behind which a whole program stands', () => {
  const program = "print('https://u:%s@h' % 1)";
  expect(found({ command: ['python', '-c', program] })).toEqual([
    expect.stringMatching(/^a URL with a log-in stands in the command, behind -c: /),
  ]);
});

it.each([
  ['env P=https://u:pw@host python x.py', ''],
  ['curl -P=https://u:pw@host', ', behind -P'],
  ['curl --P https://u:pw@host', ', behind --P'],
])('names what is an option of %s alone as one', (command, behind) => {
  expect(found({ command: command.split(' ') })).toEqual([
    expect.stringContaining(`a URL with a log-in stands in the command${behind}: everybody`),
  ]);
});

it('takes a program that reads its secrets', () => {
  const program = 'cd /x;TOKEN=$(cat key);curl https://h/?token=$TOKEN&a=1';
  expect(found({ command: ['sh', '-c', program] })).toEqual([]);
});

it.each([
  ['WANDB_API_KEY_2', 'SEKRETabc'],
  ['SETTINGS', '{"wandb": {"key": "SEKRETabc"}}'],
  ['HUB', 'https://h/?token=SEKRETabc'],
  ['CREDENTIALS', 'https://u:SEKRETabc@h/'],
])('refuses --env %s=value:%s, and names the variable', (name, value) => {
  expect(found({ environment: { [name]: value } })).toEqual([
    expect.stringContaining(`--env gives ${name} a value in so many words`),
  ]);
});

it.each([
  ['MAX_TOKENS', '4096'],
  ['GOOGLE_APPLICATION_CREDENTIALS', '/run/key.json'],
  ['SETTINGS', '{"steps": 3}'],
])('takes --env %s=value:%s', (name, value) => {
  expect(found({ environment: { [name]: value } })).toEqual([]);
});

it("names the machine's settings where these give a variable a value, and does not repeat it", () => {
  const plan = {
    environment: { WANDB_API_KEY: 'SEKRETabc' },
    origins: { 'environment.WANDB_API_KEY': 'settings of this machine' },
  };
  expect(found(plan)).toEqual([
    expect.stringMatching(/^launch\.environment of \.slipway\/machine\.json gives WANDB_API_KEY a value/),
  ]);
  expect(found(plan).join()).not.toContain('SEKRET');
});
