/**
 * How the command is called from anywhere. Never by its short name: npx would fetch what somebody else may have put
 * into the registry under it, and run that with the token in its environment.
 */
export const COMMAND = 'npx @influx-monitoring/cli';
