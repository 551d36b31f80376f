import { type ContainerEngine, isSilence } from '@slipway/effects';

/**
 * An engine for whoever only looks: one that has let a question time out is not waited for again.
 * @param onSilence called once, when it does not answer.
 */
export function askBriefly(engine: ContainerEngine, onSilence: () => void): ContainerEngine {
  let silence: { error: unknown } | undefined;
  const briefly =
    <Asked extends unknown[], Answer>(ask: (...asked: Asked) => Promise<Answer>) =>
    async (...asked: Asked): Promise<Answer> => {
      if (silence !== undefined) throw silence.error;
      try {
        return await ask(...asked);
      } catch (error) {
        // One that is not there may be started meanwhile.
        if (!isSilence(error)) throw error;
        // Several questions may have been on their way.
        if (silence === undefined) onSilence();
        silence = { error };
        throw error;
      }
    };
  return {
    ...engine,
    inspect: briefly(engine.inspect),
    list: briefly(engine.list),
    sawEnd: briefly(engine.sawEnd),
  };
}
