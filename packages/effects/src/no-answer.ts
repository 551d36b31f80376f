/** A question was taken, and its answer did not come in the time that it was waited for. */
export class NoAnswer extends Error {
  constructor() {
    super('no answer');
    this.name = 'NoAnswer';
  }
}

/** Whether a failure comes of that: the one who was asked is there, and says nothing. */
export const isSilence = (error: unknown): boolean =>
  error instanceof Error && error.cause instanceof NoAnswer;
