import 'reflect-metadata';
import { defaultMonitoring } from '@influx-monitoring/core';
import { influxMonitoring } from '@influx-monitoring/express';
import { Controller, ForbiddenException, Get, Module, Param } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';

process.env['MONITORING_SERVICE'] ??= 'minimal';

@Controller('api/users')
class UsersController {
  @Get(':id')
  find(@Param('id') id: string) {
    return { id };
  }

  @Get(':id/secret')
  readSecret() {
    throw new ForbiddenException();
  }

  @Get(':id/broken')
  break() {
    throw new Error('broken');
  }
}

@Module({ controllers: [UsersController] })
// Nothing is in a module but its decorator.
// eslint-disable-next-line @typescript-eslint/no-extraneous-class
class AppModule {}

// NestJS declares its options as a class, and documents a literal.
// eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment
const app = await NestFactory.create<NestExpressApplication>(AppModule, { logger: ['error'] });
// Before anything else, so that guards, pipes and interceptors are within the measured time.
app.use(influxMonitoring());
await app.listen(Number(process.env['PORT'] ?? 0), '127.0.0.1');
console.log(`listening on ${new URL(await app.getUrl()).port}`);

process.once('SIGTERM', () => {
  void app.close().then(() => defaultMonitoring().stop());
});
