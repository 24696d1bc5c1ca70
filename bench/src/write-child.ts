/** A service of `write.ts`, in a process of its own: it records points as fast as they are taken. */
/** What it measured. */
export interface WriteFigures {
  readonly seconds: number;
  readonly cpuSeconds: number;
  /** The largest resident memory of the process. */
  readonly peakMiB: number;
}

/** Takes points, and resolves once all are stored. */
type Writer = (count: number) => Promise<void>;

const REQUEST_ID = '1536751345,8b8b5937-2e9c-4e8b-a7a7-5caf86621b5a';
/** As an application has them: strings that are there already. */
const RESOURCES = Array.from({ length: 100 }, (_, index) => `/api/resource-${String(index)}/:id`);
const BATCH_LINES = 5000;
/** The service's own work goes on between so many points. */
const TURN_LINES = 500;
/** Points that may wait, so that as many are recorded as are sent. */
const MAX_PENDING = 8 * BATCH_LINES;
const WARM_UP_LINES = 20_000;
const KIB_PER_MIB = 1024;

const [variant = '', url = '', count = ''] = process.argv.slice(2);
const write = await (variant === 'influxdb-client' ? clientWriter(url) : ourWriter(url));
await write(WARM_UP_LINES);
process.send?.(await measure(Number(count)));
process.disconnect?.();

async function measure(lineCount: number): Promise<WriteFigures> {
  const cpu = process.cpuUsage();
  const startedAtMs = performance.now();
  await write(lineCount);
  const seconds = (performance.now() - startedAtMs) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  return { seconds, cpuSeconds: (user + system) / 1e6, peakMiB: process.resourceUsage().maxRSS / KIB_PER_MIB };
}

async function ourWriter(address: string): Promise<Writer> {
  // Each process has only what it measures.
  const { LunaRequestInfluxMonitoring, RequestMonitoringPoint } = await import('@influx-monitoring/core');
  const { hostname, port } = new URL(address);
  const monitoring = new LunaRequestInfluxMonitoring({
    credentials: { organization: 'luna', bucket: 'luna_monitoring', token: 'token' },
    host: hostname,
    port: Number(port),
  });
  return async (lineCount) => {
    const target = monitoring.stats().delivered + lineCount;
    for (let recorded = 0; recorded < lineCount; recorded += TURN_LINES) {
      for (let index = 0; index < TURN_LINES; index += 1) {
        monitoring.addPoints([
          new RequestMonitoringPoint({
            requestId: REQUEST_ID,
            resource: RESOURCES[index % RESOURCES.length] ?? '',
            method: 'GET',
            executionTime: 0.012345 + index * 1e-6,
            requestTime: monitoring.now(),
            service: 'luna-sender',
            statusCode: 200,
          }),
        ]);
      }
      await new Promise(setImmediate);
      // To spin would take the database's processor.
      while (monitoring.stats().pending > MAX_PENDING) await new Promise((resolve) => setTimeout(resolve, 1));
    }
    await monitoring.flush();
    const { delivered } = monitoring.stats();
    if (delivered !== target) throw new Error(`expected ${String(target)} delivered points, got ${String(delivered)}`);
  };
}

/** As its documentation has it: a writer, flushed as often as a batch is full. */
async function clientWriter(address: string): Promise<Writer> {
  const { InfluxDB, Point } = await import('@influxdata/influxdb-client');
  const api = new InfluxDB({ url: address, token: 'token' }).getWriteApi('luna', 'luna_monitoring', 'ns', {
    batchSize: BATCH_LINES,
    flushInterval: 0,
  });
  let stamp = BigInt(Date.now()) * 1_000_000n;
  return async (lineCount) => {
    for (let recorded = 0; recorded < lineCount; recorded += BATCH_LINES) {
      for (let index = 0; index < BATCH_LINES; index += 1) {
        stamp += 1000n;
        const point = new Point('requests')
          .tag('route', `GET:${RESOURCES[index % RESOURCES.length] ?? ''}`)
          .tag('service', 'luna-sender')
          .tag('status_code', '200')
          .stringField('request_id', REQUEST_ID)
          .floatField('execution_time', 0.012345 + index * 1e-6)
          .timestamp(String(stamp));
        api.writePoint(point);
      }
      await api.flush();
    }
  };
}
