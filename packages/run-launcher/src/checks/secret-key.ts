/** Last words of a name whose value is a secret, in whatever case: `EXPERIMENT.WANDB.KEY`, `ENV.INPUT.BUCKET.APP_KEY`. */
const lastWord =
  /^(?:KEYS?|TOKEN|SECRETS?|PASS|PASSWORDS?|PASSWD|PASSPHRASE|CREDENTIALS?|(?:API|APP|ACCESS|AUTH|PRIVATE|SECRET|MASTER|ACCOUNT|ENCRYPTION|SSH|WANDB|B2|S3|AWS)KEYS?|(?:API|AUTH|ACCESS)TOKEN)$/i;

/** Whether the name of an option or variable is that of a secret, by its last part. */
export function isSecretName(name: string): boolean {
  const words = (name.split('.').at(-1) ?? '').split(/[_-]/);
  const [last = '', before = ''] = words.toReversed();
  if (/^SECRET/i.test(words[0] ?? '')) return true;
  // KEY_ID is half of a pair that opens a bucket.
  return lastWord.test(last) || (/^ID$/i.test(last) && /^(?:KEY|APPKEY|ACCESSKEY)$/i.test(before));
}

/**
 * Whether a value can be no secret: what yacs reads as empty or as a switch, or a small number. Such options only have the
 * name of one: `MODEL.CLS_TOKEN True`.
 */
export function isHarmless(value: string): boolean {
  return /^(?:''|""|None|True|False|true|false|-?\d{1,3})?$/.test(value.trim());
}
