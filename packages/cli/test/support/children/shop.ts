import { influxMonitoring } from '@influx-monitoring/express';
import { monitoringDashboard } from '@influx-monitoring/dashboard';
import express from 'express';

// A service as its users write it; the port is its only argument.
const app = express();
app.use('/monitoring', monitoringDashboard());
app.use(influxMonitoring());
app.get('/version', (_req, res) => {
  res.json({ version: 1 });
});
app.get('/users/:user', (_req, res) => {
  res.json({});
});
app.get('/broken', (_req, res) => {
  res.sendStatus(500);
});
app.listen(Number(process.argv[2]), '127.0.0.1', () => {
  process.stdout.write('listening\n');
});
