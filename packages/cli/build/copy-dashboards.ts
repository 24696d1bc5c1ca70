import { cpSync } from 'node:fs';
import { join } from 'node:path';

// The package has a copy of the dashboards: `setup --grafana` sends them from wherever it is installed.
const target = join(import.meta.dirname, '../dist/dashboards');
cpSync(join(import.meta.dirname, '../../../grafana/dashboards'), target, { recursive: true });
