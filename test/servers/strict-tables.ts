import type { Column } from './line-parser-3.ts';

/** What a column is; `time` is there in each table that has a row. */
type Role = Column['role'] | 'timestamp';

const NAMES: Readonly<Record<Role, string>> = {
  timestamp: 'iox::column_type::timestamp',
  tag: 'iox::column_type::tag',
  float: 'iox::column_type::field::float',
  integer: 'iox::column_type::field::integer',
  unsigned: 'iox::column_type::field::uinteger',
  string: 'iox::column_type::field::string',
  boolean: 'iox::column_type::field::boolean',
};

/** The tables of InfluxDB 3, one a measurement, each of whose columns is a tag or of one type for good. */
export class StrictTables {
  readonly #tables: Map<string, Map<string, Role>>;

  constructor(tables: ReadonlyMap<string, ReadonlyMap<string, Role>> = new Map()) {
    this.#tables = new Map([...tables].map(([name, columns]) => [name, new Map(columns)]));
  }

  /** The same, to be taken or thrown away with a batch. */
  draft(): StrictTables {
    return new StrictTables(this.#tables);
  }

  /** Adds the columns of a line, up to the first that cannot be; says why it cannot. */
  refusalOf(measurement: string, columns: readonly Column[]): string | undefined {
    const table = this.#tables.get(measurement) ?? new Map<string, Role>();
    this.#tables.set(measurement, table);
    const fields = new Set<string>();
    for (const { name, role } of columns) {
      if (name === 'time' && !table.has(name)) return "'time' is a reserved column";
      const known = table.get(name) ?? role;
      if (known !== role) {
        return `invalid column type for column '${name}', expected ${NAMES[known]}, got ${NAMES[role]}`;
      }
      table.set(name, role);
      // A tag may stand twice.
      if (fields.has(name)) return `invalid line protocol - multiple instances of '${name}' field found`;
      if (role !== 'tag') fields.add(name);
    }
    table.set('time', 'timestamp');
    return undefined;
  }
}
