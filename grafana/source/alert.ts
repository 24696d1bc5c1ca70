import { QueryBuilder, RuleBuilder, type Rule } from '@grafana/grafana-foundation-sdk/alerting';
import type { Builder, Dataquery } from '@grafana/grafana-foundation-sdk/cog';
import { TypeMathBuilder, TypeReduceBuilder, TypeThresholdBuilder } from '@grafana/grafana-foundation-sdk/expr';
import { EXPRESSION, lines } from './target.ts';

/** The provisioned data source that the rules read. */
export const ALERT_DATASOURCE = 'influx-monitoring';

/** Where docs/runbook.md is for the people on call; `npm run grafana -- --runbook ADDRESS` puts another in its place. */
export const RUNBOOK = 'docs/runbook.md';

/** A step of a rule: a query over the last seconds, one value of it for each service, or arithmetic on such values. */
export type Step =
  | { readonly kind: 'query'; readonly query: string; readonly fromSeconds: number }
  | { readonly kind: 'reduce'; readonly of: string; readonly by: 'last' | 'max' | 'sum' }
  | { readonly kind: 'math'; readonly expression: string };

export interface AlertInit {
  /** Of the rule, and of its part of the runbook. */
  readonly uid: string;
  readonly title: string;
  readonly severity: 'critical' | 'warning';
  readonly summary: string;
  readonly description: string;
  readonly dashboardUid: string;
  /** How long it must hold, as Grafana writes it. */
  readonly for: string;
  /** What it means that there is no data: `Alerting` where silence is the trouble. */
  readonly withoutData: 'OK' | 'Alerting';
  readonly steps: Readonly<Record<string, Step>>;
  /** The step that is looked at, and when it is too much or too little. */
  readonly limit: { readonly step: string; readonly type: 'gt' | 'lt'; readonly value: number };
}

/** One rule, as a file of Grafana's provisioning holds it. */
export function alert(init: AlertInit): object {
  const builder = new RuleBuilder(init.title)
    .uid(init.uid)
    .condition('LIMIT')
    .forDuration(init.for)
    .noDataState(init.withoutData)
    .execErrState('Error')
    .isPaused(false)
    .labels({ severity: init.severity })
    .annotations({
      summary: init.summary,
      description: init.description,
      runbook_url: `${RUNBOOK}#${init.uid}`,
      __dashboardUid__: init.dashboardUid,
    });
  for (const [refId, step] of Object.entries(init.steps)) builder.withQuery(stepBuilder(refId, step));
  const { step, type, value } = init.limit;
  builder.withQuery(
    expression(
      'LIMIT',
      new TypeThresholdBuilder()
        .datasource(EXPRESSION)
        .refId('LIMIT')
        .expression(step)
        .conditions([{ evaluator: { type, params: [value] } }]),
    ),
  );
  return provisioned(builder.build());
}

/** Of the API's rule, what a provisioning file takes. */
function provisioned({ uid, title, condition, for: held, noDataState, execErrState, ...rest }: Rule): object {
  const { annotations, data, isPaused, labels } = rest;
  return { uid, title, condition, for: held, noDataState, execErrState, isPaused, labels, annotations, data };
}

function stepBuilder(refId: string, step: Step): QueryBuilder {
  switch (step.kind) {
    case 'query':
      return new QueryBuilder(refId)
        .datasourceUid(ALERT_DATASOURCE)
        .relativeTimeRange({ from: step.fromSeconds, to: 0 })
        .model(lines(step.query, '', { refId, datasource: { type: 'influxdb', uid: ALERT_DATASOURCE } }));
    case 'reduce':
      return expression(
        refId,
        new TypeReduceBuilder().datasource(EXPRESSION).refId(refId).expression(step.of).reducer(step.by),
      );
    case 'math':
      return expression(refId, new TypeMathBuilder().datasource(EXPRESSION).refId(refId).expression(step.expression));
  }
}

function expression(refId: string, model: Builder<Dataquery>): QueryBuilder {
  return new QueryBuilder(refId).datasourceUid('__expr__').model(model);
}
