/** The packages and their peers, as CommonJS has them. */
module.exports = {
  core: require('@influx-monitoring/core'),
  dashboard: require('@influx-monitoring/dashboard'),
  express: require('@influx-monitoring/express'),
  redis: require('@influx-monitoring/redis'),
  ws: require('@influx-monitoring/ws'),
  peers: {
    createClient: require('redis').createClient,
    express: require('express'),
    Redis: require('ioredis'),
    WebSocket: require('ws'),
    // Under this name since its first version; `WebSocketServer` came to CommonJS later.
    WebSocketServer: require('ws').Server,
  },
};
