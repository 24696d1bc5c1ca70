/** CommonJS beside ES modules: the wrappers of one copy take the monitoring of the other. */
import core = require('@influx-monitoring/core');
import express = require('@influx-monitoring/express');
import redis = require('@influx-monitoring/redis');
import ws = require('@influx-monitoring/ws');
import ioredis = require('ioredis');
import sockets = require('ws');

async function mix(): Promise<void> {
  const modules = await import('@influx-monitoring/core');
  const wrappers = await import('@influx-monitoring/express');
  const ofModules = modules.createMonitoring({ store: 'memory' });
  const ofCommonJs: core.Monitoring = core.createMonitoring({ store: 'memory' });
  express.influxMonitoring({ monitoring: ofModules });
  wrappers.influxMonitoring({ monitoring: ofCommonJs });
  redis.instrumentSubscriber(new ioredis.Redis({ lazyConnect: true }), { monitoring: ofModules });
  modules.setDefaultMonitoring(ofCommonJs);
  const byDefault: core.Monitoring = modules.defaultMonitoring();
  core.setDefaultMonitoring(byDefault);
  ws.wrapServer(new sockets.WebSocketServer({ noServer: true }), { monitoring: ofModules });
  const same: core.Monitoring = ofModules;
  await same.stop();
}

export = mix;
