'use strict';
const { createMonitoring } = require('@influx-monitoring/core');
const { monitoringDashboard } = require('@influx-monitoring/dashboard');
const { influxMonitoring } = require('@influx-monitoring/express');
const express = require('express');
const { fail, serve } = require('./serve.cjs');

serve({ createMonitoring, express, influxMonitoring, monitoringDashboard }).catch(fail);
