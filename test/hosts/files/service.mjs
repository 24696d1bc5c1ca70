import { createMonitoring } from '@influx-monitoring/core';
import { monitoringDashboard } from '@influx-monitoring/dashboard';
import { influxMonitoring } from '@influx-monitoring/express';
import express from 'express';
import { fail, serve } from './serve.cjs';

serve({ createMonitoring, express, influxMonitoring, monitoringDashboard }).catch(fail);
