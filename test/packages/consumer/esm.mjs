import { deepStrictEqual } from 'node:assert';
import * as core from '@influx-monitoring/core';
import * as dashboard from '@influx-monitoring/dashboard';
import * as express from '@influx-monitoring/express';
import * as redis from '@influx-monitoring/redis';
import * as ws from '@influx-monitoring/ws';
import expressPeer from 'express';
import Redis from 'ioredis';
import { createClient } from 'redis';
import WebSocket, { WebSocketServer } from 'ws';
import { EXPECTED, smoke } from './smoke.cjs';

const peers = { createClient, express: expressPeer, Redis, WebSocket, WebSocketServer };
deepStrictEqual(await smoke({ core, dashboard, express, redis, ws, peers }), EXPECTED);
