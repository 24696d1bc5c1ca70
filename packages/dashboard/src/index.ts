export { monitoringDashboard, type DashboardHandler } from './dashboard.ts';
export { DEFAULT_DASHBOARD_OPTIONS, type DashboardOptions } from './options.ts';
