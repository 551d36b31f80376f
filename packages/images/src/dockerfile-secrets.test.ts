import type { Failure } from '@slipway/contract';
import { expect, it } from 'vitest';
import { checkDockerfileSecrets, isSecretVariable, maskComponents, maskPlan } from './dockerfile-secrets.ts';
import type { ImagePlan } from './plan.ts';

const refused = (text: string): string[] => {
  try {
    checkDockerfileSecrets([{ path: 'runtime.Dockerfile', text }]);
    return [];
  } catch (error) {
    return (error as Failure).problems.map(
      ({ where, message }) => `${where?.line} ${message.split(' has ')[0]}`,
    );
  }
};

it.each([
  ['a default of an argument', 'ARG MY_TOKEN=hunter2\nFROM scratch\n', ['1 ARG MY_TOKEN']],
  ['quoted', 'FROM scratch\nARG A=1\nARG db_Password="hunter2 x"\n', ['3 ARG db_Password']],
  [
    'one of several, on a line of its own',
    'FROM scratch\nENV A=1 \\\n  API_KEY=hunter2 B=2\n',
    ['3 ENV API_KEY'],
  ],
  ['the old form of a variable', 'FROM scratch\nENV PSWD hunter2\n', ['2 ENV PSWD']],
  ['in a stage that nobody builds', 'FROM scratch AS a\nENV AUTH=hunter2\nFROM scratch\n', ['2 ENV AUTH']],
  ['an argument without a value', 'FROM scratch\nARG MY_TOKEN\nARG OTHER_TOKEN=""\n', []],
  [
    'a public key, and names that only hold such a word',
    'FROM scratch\nENV PUBLIC_KEY=a KEYBOARD=b MONKEY=c\n',
    [],
  ],
  [
    'names that programs have given',
    'FROM scratch\nENV SSH_AUTH_SOCK=/agent AWS_WEB_IDENTITY_TOKEN_FILE=/run/x AWS_ACCESS_KEY_ID=x TOKEN_URL=x\n' +
      'ENV APT_KEY_DONT_WARN_ON_DANGEROUS_USAGE=DontWarn GPG_KEY=E3FF SECRET_DIR=/x KEY_PATH=/x\n',
    [],
  ],
  ['a secret that is called an ID', 'FROM scratch\nENV VAULT_SECRET_ID=hunter2\n', ['2 ENV VAULT_SECRET_ID']],
  [
    'a switch, and what another variable holds',
    `FROM scratch\nENV AUTH=true\nENV AUTH False\nENV TOKEN=1 KEY="$OTHER" SECRET=\${OTHER}\n`,
    [],
  ],
  [
    'more than what another variable holds',
    `FROM scratch\nENV A_TOKEN=\${B:-hunter2} B_TOKEN=$C.hunter2 C_TOKEN='$hunter2' D_TOKEN=truehunter2\n`,
    ['2 ENV A_TOKEN', '2 ENV B_TOKEN', '2 ENV C_TOKEN', '2 ENV D_TOKEN'],
  ],
  [
    'what a later build is to do',
    'FROM scratch\nONBUILD ENV MY_TOKEN=hunter2\nonbuild arg A=1\nONBUILD RUN true\nONBUILD\n',
    ['2 ONBUILD ENV MY_TOKEN'],
  ],
  [
    'a label',
    'FROM scratch\nLABEL my_token=hunter2 org.example.api-key="hunter2" a=b\n',
    ['2 LABEL my_token', '2 LABEL org.example.api-key'],
  ],
  ['in a heredoc, which is a file', "FROM scratch\nRUN <<'RUN'\nARG MY_TOKEN=hunter2\nRUN\n", []],
])('%s', (_what, text, expected) => {
  expect(refused(text)).toEqual(expected);
});

it('names file, line and what to do, and never the value', () => {
  const check = () =>
    checkDockerfileSecrets([{ path: 'd/x.Dockerfile', text: 'FROM scratch\nENV TOKEN=hunter2' }]);
  expect(check).toThrow(
    /error\[secret-in-dockerfile\] d\/x.Dockerfile:2: ENV TOKEN[^\n]*\n {2}fix: .*type=secret/,
  );
  expect(check).not.toThrow('hunter2');
  expect(isSecretVariable('GITHUB_TOKEN')).toBe(true);
});

it('writes down no value of one that got into a plan or into build facts all the same', () => {
  const text =
    'ARG MY_TOKEN=hunter2\nARG A=1\nFROM scratch\nENV B=2 MY_SECRET="hunter2" C=3\n' +
    'ONBUILD ENV MY_TOKEN=hunter2\nLABEL my_token=hunter2\n';
  const components = {
    dockerfile: ['ARG MY_TOKEN=hunter2', 'ENV B=2 MY_SECRET=hunter2 C=3', 'ONBUILD ENV TOKEN=hunter2'],
    arguments: { API_KEY: 'hunter2', VERSION: 'v1' },
    application: { dockerfile: ['ARG PASSWORD=hunter2'], arguments: { AUTH: '' } },
  };
  const plan = {
    components,
    builds: [{ dockerfile: { path: 'x', text }, arguments: { API_KEY: 'hunter2', VERSION: 'v1' } }],
  } as unknown as ImagePlan;
  expect(maskComponents(components)).toEqual({
    dockerfile: ['ARG MY_TOKEN=***', 'ENV B=2 MY_SECRET=*** C=3', 'ONBUILD ENV TOKEN=***'],
    arguments: { API_KEY: '***', VERSION: 'v1' },
    application: { dockerfile: ['ARG PASSWORD=***'], arguments: { AUTH: '' } },
  });
  expect(maskPlan(plan).builds[0]?.dockerfile.text).toBe(
    'ARG MY_TOKEN=***\nARG A=1\nFROM scratch\nENV B=2 MY_SECRET=*** C=3\n' +
      'ONBUILD ENV MY_TOKEN=***\nLABEL my_token=***\n',
  );
  expect(JSON.stringify(maskPlan(plan))).not.toContain('hunter2');
});
