/**
 * A row of an answer. A column is text, a number (a bigint where a number would lose digits), true or false; `time` is
 * text, nanoseconds since 1970, since it has more digits than a number holds.
 */
export type InfluxRow = Readonly<Record<string, string | number | bigint | boolean | null>>;

/** Who may read and write. */
export interface Influx1User {
  readonly name: string;
  readonly password: string;
}

type Cell = InfluxRow[string];

interface QueryAnswer {
  readonly error?: string;
  readonly results?: readonly {
    readonly error?: string;
    readonly series?: readonly {
      readonly columns: readonly string[];
      readonly tags?: Readonly<Record<string, string>>;
      readonly values?: readonly (readonly Cell[])[];
    }[];
  }[];
}

/** Texts and numbers of JSON; what is within a text must not be taken for a number. */
const JSON_TOKEN = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?/g;
/** What no answer of a test holds at the beginning of a text. */
const LONG_INTEGER_MARK = '\u0000integer:';

/** Basic authorization of a user, as headers. */
export function headersOf(user: Influx1User | undefined): Record<string, string> {
  if (user === undefined) return {};
  return { authorization: `Basic ${Buffer.from(`${user.name}:${user.password}`).toString('base64')}` };
}

/** Runs InfluxQL, as 1.x, 2.x and 3 answer it. @throws where InfluxDB refuses a statement */
export async function queryInfluxQl(
  url: string,
  headers: Readonly<Record<string, string>>,
  database: string,
  influxql: string,
): Promise<InfluxRow[]> {
  const response = await fetch(`${url}/query`, {
    method: 'POST',
    headers,
    body: new URLSearchParams({ db: database, q: influxql, epoch: 'ns' }),
  });
  const answer = parseExactly(await response.text()) as QueryAnswer; // The format of /query of InfluxDB 1.x.
  const error = answer.error ?? answer.results?.find((result) => result.error !== undefined)?.error;
  if (error !== undefined) throw new Error(`InfluxDB: ${error} (${influxql})`);
  return (answer.results ?? []).flatMap(({ series = [] }) =>
    series.flatMap(({ columns, tags = {}, values = [] }) =>
      values.map((row): InfluxRow => {
        const named = columns.map((column, index) => [column, cellOf(column, row[index] ?? null)] as const);
        return { ...tags, ...Object.fromEntries(named) };
      }),
    ),
  );
}

function cellOf(column: string, value: Cell): Cell {
  return column === 'time' && value !== null ? String(value) : value;
}

/** As JSON.parse, with each integer exact: Node 20 gives a reviver no source text. */
function parseExactly(text: string): unknown {
  const marked = text.replace(JSON_TOKEN, (token) => {
    const isLossy = /^-?\d+$/.test(token) && !Number.isSafeInteger(Number(token));
    return isLossy ? JSON.stringify(LONG_INTEGER_MARK + token) : token;
  });
  return JSON.parse(marked, (_key, value: unknown) =>
    typeof value === 'string' && value.startsWith(LONG_INTEGER_MARK)
      ? BigInt(value.slice(LONG_INTEGER_MARK.length))
      : value,
  );
}
