/** A NestJS module that gives the monitoring to its providers and ends it with the application. */
import 'reflect-metadata';
import { createMonitoring, type Monitoring } from '@influx-monitoring/core';
import { influxMonitoring } from '@influx-monitoring/express';
import {
  Controller,
  Get,
  Inject,
  Module,
  Req,
  type MiddlewareConsumer,
  type NestModule,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { Request } from 'express';

export const MONITORING: unique symbol = Symbol('monitoring');

@Controller('orders')
export class OrdersController {
  readonly #monitoring: Monitoring;

  constructor(@Inject(MONITORING) monitoring: Monitoring) {
    this.#monitoring = monitoring;
  }

  @Get(':id')
  find(@Req() request: Request): { service: string } {
    request.monitoring.tags['kind'] = 'order';
    return { service: this.#monitoring.service };
  }
}

@Module({
  controllers: [OrdersController],
  providers: [{ provide: MONITORING, useFactory: (): Monitoring => createMonitoring({ service: 'orders' }) }],
})
export class OrdersModule implements NestModule, OnApplicationShutdown {
  readonly #monitoring: Monitoring;

  constructor(@Inject(MONITORING) monitoring: Monitoring) {
    this.#monitoring = monitoring;
  }

  configure(consumer: MiddlewareConsumer): void {
    consumer.apply(influxMonitoring({ monitoring: this.#monitoring })).forRoutes('{*all}');
  }

  async onApplicationShutdown(): Promise<void> {
    await this.#monitoring.stop();
  }
}

export async function start(): Promise<NestExpressApplication> {
  const app: NestExpressApplication = await NestFactory.create<NestExpressApplication>(OrdersModule);
  app.enableShutdownHooks();
  return app;
}
