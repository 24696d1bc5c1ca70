/** `npx pm2 start ecosystem.config.cjs`, and after each deployment `npx pm2 reload ecosystem.config.cjs`. */
module.exports = {
  apps: [
    {
      name: 'service',
      script: 'dist/main.js',
      exec_mode: 'cluster',
      instances: 2,
      // Longer than src/shut-down.ts takes at most: PM2's own 1.6 s end in a SIGKILL.
      kill_timeout: 15_000,
      env: {
        MONITORING_SERVICE: 'service',
        // What cannot be sent waits here, and the process that comes next sends it.
        MONITORING_SPOOL_FOLDER: 'spool',
      },
    },
  ],
};
