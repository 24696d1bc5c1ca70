/** What a `LunaError` is made from. */
export interface LunaErrorInit extends ErrorOptions {
  /** HTTP status of the answer. */
  readonly status: number;
  /** LUNA's code. @defaultValue the status, where LUNA has none */
  readonly errorCode?: number;
  /** What went wrong, in general. */
  readonly desc: string;
  /** What went wrong, here. */
  readonly detail: string;
}

/** An error as clients of LUNA know it. Monitoring finds its `errorCode`. */
export class LunaError extends Error {
  override readonly name = 'LunaError';
  readonly status: number;
  readonly errorCode: number;
  readonly desc: string;

  constructor({ status, errorCode = status, desc, detail, cause }: LunaErrorInit) {
    super(detail, { cause });
    this.status = status;
    this.errorCode = errorCode;
    this.desc = desc;
  }

  /** LUNA's body of an error. */
  toJSON(): { error_code: number; desc: string; detail: string } {
    return { error_code: this.errorCode, desc: this.desc, detail: this.message };
  }
}

/** Turns whatever was thrown into what a client may be told; only what is the client's fault is told in detail. */
export function toLunaError(error: unknown): LunaError {
  if (error instanceof LunaError) return error;
  const status = statusOf(error);
  if (status !== undefined && error instanceof Error) {
    return new LunaError({ status, desc: 'Bad request', detail: error.message, cause: error });
  }
  const desc = 'Internal server error';
  return new LunaError({ status: 500, errorCode: 1, desc, detail: 'Unknown error', cause: error });
}

/** The 4xx that Express and its body parser give to what they refuse. */
function statusOf(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null || !('status' in error)) return undefined;
  const { status } = error;
  return typeof status === 'number' && status >= 400 && status < 500 ? status : undefined;
}
