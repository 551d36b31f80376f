/** What is a secret where it has a key, or a token: API_KEY, `authToken`. */
const kinds = {
  key: 'API|APP|APPLICATION|ACCESS|AUTH|PRIVATE|SECRET|MASTER|ACCOUNT|ENCRYPTION|SSH|WANDB|B2|S3|AWS',
  token: 'API|AUTH|ACCESS|BEARER',
};

/** Words that end the name of a secret, in whatever case: `EXPERIMENT.WANDB.KEY`, `ENV.INPUT.BUCKET.APP_KEY`, `TOKENS`. */
const lastWord = new RegExp(
  `^(?:KEYS?|TOKENS?|SECRETS?|PAT|(?:SSH)?PASS|\\w*PASSWORDS?|\\w*PASSWD|PASSPHRASES?|PASSCODES?|WEBHOOKS?|CREDENTIALS?|AUTH|AUTHORIZATION|BEARER|(?:${kinds.key})KEYS?|(?:${kinds.token})TOKENS?)$`,
  'i',
);

/** Keys and tokens of which nothing says that they are secret: attention has a key and a value, and data has tokens. */
const plain = new RegExp(
  `(?:KEY|TOKEN)S?$(?<!(?:^|_)(?:(?:${kinds.key})_?KEY|(?:${kinds.token})_?TOKEN)S?)`,
  'i',
);

/** What a key or token of data and text is called: PAD_TOKEN, SORT_KEY. */
const ordinary =
  /(?:^|_)(?:BOS|EOS|SEP|PAD|UNK|CLS|CLASS|MASK|SPECIAL|STOP|START|END|IMAGE|TEXT|LABEL|TARGET|FEATURE|METRIC|SORT|FOREIGN|PUBLIC)_(?:KEY|TOKEN)S?$/i;

const counted = /(?:KEY|TOKEN)S$/i;

/** What only says which value of several it is, or that it is one: `X.SECRET.VALUE`, `X.APP_KEY.PROD`. */
const aspect = /^(?:VALUE|CURRENT|PROD|PRODUCTION|STAGING|DEVELOPMENT)$/i;

/** By which nobody means anything else: `*.APP_KEY`, `EXPERIMENT.WANDB.KEY`. */
const unmistakable = /(?:^|_)(?:APP|APPLICATION|WANDB|WANDB_API)_?KEY$/i;

/** Whether the name of an option, a variable or a parameter is that of a secret, by its last part. */
export function isSecretName(name: string): boolean {
  const last = lastPart(name);
  const words = last.split('_');
  // Of a pair that opens a bucket, KEY_ID and ACCOUNT are what a user's name is beside a password.
  return (
    /^SECRET/i.test(last) ||
    (lastWord.test(words.at(-1) ?? '') && !ordinary.test(last)) ||
    /(?:^|_)WEBHOOK_URLS?$/i.test(last) ||
    // The shell's own OLDPWD is a folder.
    (/PWD$/i.test(last) && !/^OLDPWD$/i.test(last))
  );
}

/**
 * Whether a value can be no secret: what configurations read as empty or as a switch, a small number, a reference, or
 * `[PAD]`. Such options only have the name of one: `MODEL.CLS_TOKEN True`, `MAX_TOKENS 4096`.
 */
export function isHarmless(name: string, value: string): boolean {
  const bare = value.trim().replace(/^(['"])(.*)\1$/s, '$2');
  if (unmistakable.test(partsOf(name).join('_'))) return /^(?:none|null)?$/i.test(bare);
  return (
    // The shell's own PWD is a folder.
    (/^PWD$/i.test(lastPart(name)) && /^[/.~]/.test(bare)) ||
    /^(?:none|null|true|false|yes|no|on|off|-?\d{1,3}|\[\w*\]|\{\}|\(\)|<[^<>\s]*>|\$\{[\w.:]+\})?$/i.test(
      bare,
    ) ||
    (counted.test(lastPart(name)) && /^\d[\d_.]*(?:e\+?\d+|[kmbgt])?$/i.test(bare))
  );
}

/**
 * The last part of a name, its words joined with `_`: of `a.b.apiKey`, `A["API-KEY"]`, `+a/API_KEY_V1`, `A.API_KEY[0]`. Numbers
 * behind it only count, and `.VALUE` and the like behind the name of a secret add nothing.
 */
export const lastPart = (name: string): string => partsOf(name).at(-1) ?? '';

function partsOf(name: string): string[] {
  const parts = name
    .split(/[^A-Za-z0-9_-]+/)
    .filter((part) => !/^\d*$/.test(part))
    .map(withoutCount);
  const isAspect = aspect.test(parts.at(-1) ?? '') && !plain.test(parts.at(-2) ?? '');
  return parts.length > 1 && isAspect ? parts.slice(0, -1) : parts;
}

const withoutCount = (part: string): string =>
  part
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .replaceAll('-', '_')
    .replace(/[_\d]+$/, '')
    .replace(/_v$/i, '');
