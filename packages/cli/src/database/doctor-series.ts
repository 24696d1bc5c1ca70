/** The series of the points that doctor writes. */
export const DOCTOR_SERIES = 'influx_monitoring_doctor';
