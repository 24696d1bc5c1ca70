import { execFileSync, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { startVictoriaMetrics } from '../../test/servers/index.ts';
import { spread, type Timing } from './measure.ts';
import type { Topic } from './report.ts';
import type { WriteFigures } from './write-child.ts';

const CHILD = fileURLToPath(new URL('write-child.js', import.meta.url));
const VARIANTS = ['influxdb-client', 'influx-monitoring'] as const;

type Round = Readonly<Record<(typeof VARIANTS)[number], WriteFigures>>;

/**
 * Points over `/api/v2/write` as fast as they are taken, against influxdb-client's own writer: into VictoriaMetrics, which takes
 * more than either sends.
 */
export const write: Topic = async () => {
  const installer = fileURLToPath(new URL('../../test/servers/install.mjs', import.meta.url));
  execFileSync(process.execPath, [installer, 'victoria-metrics'], { stdio: 'inherit' });
  const lineCount = 200_000;
  const rounds: Round[] = [];
  for (let round = 0; round < 7; round += 1) {
    rounds.push({
      'influxdb-client': await measure('influxdb-client', lineCount),
      'influx-monitoring': await measure('influx-monitoring', lineCount),
    });
  }
  const ratios = (of: (figures: WriteFigures) => number): ReturnType<typeof spread> =>
    spread(rounds.map((round) => of(round['influx-monitoring']) / of(round['influxdb-client'])));
  return [
    {
      title: `${String(lineCount)} points into VictoriaMetrics, /api/v2/write, beside influxdb-client's writer`,
      unit: 'ns per point',
      timings: VARIANTS.map((name) => timingOf(name, rounds, lineCount)),
      figures: [
        { name: 'write.rate-against-influxdb-client', ...ratios(({ seconds }) => 1 / seconds) },
        { name: 'write.cpu-against-influxdb-client', ...ratios(({ cpuSeconds }) => cpuSeconds) },
        { name: 'write.memory-against-influxdb-client', ...ratios(({ peakMiB }) => peakMiB) },
      ],
    },
  ];
};

/** Each in a process of its own, into a database of its own: what one leaves behind does not slow the other. */
async function measure(variant: (typeof VARIANTS)[number], lineCount: number): Promise<WriteFigures> {
  const server = await startVictoriaMetrics();
  try {
    const child = fork(CHILD, [variant, server.url, String(lineCount)], { execArgv: ['--expose-gc'] });
    const [figures] = (await once(child, 'message')) as [WriteFigures];
    if (child.exitCode === null) await once(child, 'exit');
    return figures;
  } finally {
    await server.stop();
  }
}

function timingOf(name: (typeof VARIANTS)[number], rounds: readonly Round[], lineCount: number): Timing {
  const roundsNs = rounds.map((round) => (round[name].seconds * 1e9) / lineCount);
  const { median, lower, upper } = spread(roundsNs);
  return { name, medianNs: median, lowerNs: lower, upperNs: upper, roundsNs };
}
