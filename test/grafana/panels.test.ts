import { expect, it } from 'vitest';
import { DASHBOARDS } from '../../grafana/source/index.ts';

interface Property {
  readonly id: string;
  readonly value: readonly { readonly url: string }[];
}

interface Panel {
  readonly title: string;
  readonly type: string;
  readonly description?: string;
  readonly targets: readonly { readonly query?: string; readonly resultFormat?: string }[];
  readonly fieldConfig: {
    readonly overrides: readonly {
      readonly matcher: { readonly options: string };
      readonly properties: readonly Property[];
    }[];
  };
}

interface Dashboard {
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly { readonly name: string }[] };
}

const panels = Object.entries(DASHBOARDS).flatMap(([name, dashboard]) => {
  // As Grafana reads it: dashboards.test.ts holds the files to this.
  const read = JSON.parse(JSON.stringify(dashboard)) as Dashboard;
  return read.panels.map((panel) => [`${name}: ${panel.title}`, panel, read] as const);
});

/** Tables that list single events, which have ids of their own. */
const listings = panels.filter(([, { targets }]) => targets.some(({ query }) => query?.includes(', "request_id"')));

it.each(panels)('%s has a description', (_name, { description }) => {
  expect(description).toMatch(/^[A-Z0-9].*\.$/);
});

it('single errors are listed by raw and by folded dashboards', () => {
  expect(listings.map(([name]) => name)).toEqual([
    'requests.json: Latest errors',
    'requests-folded.json: Latest errors',
  ]);
});

it.each(listings)(
  '%s links each id to logs and traces, at addresses of variables',
  (_name, { fieldConfig }, dashboard) => {
    const urls = new Map(
      fieldConfig.overrides.map(({ matcher, properties }) => [
        matcher.options,
        properties.find(({ id }) => id === 'links')?.value.map(({ url }) => url),
      ]),
    );
    expect(urls.get('request_id')).toEqual(['${logs:raw}${__value.raw}']);
    expect(urls.get('trace_id')).toEqual(['${traces:raw}${__value.raw}']);
    const variables = dashboard.templating.list.map(({ name }) => name);
    expect(variables).toEqual(expect.arrayContaining(['logs', 'traces']));
  },
);
