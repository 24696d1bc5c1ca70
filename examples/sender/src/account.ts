import type { IncomingHttpHeaders } from 'node:http';
import { LunaError } from './luna-error.ts';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * The account that a request is for: its header `Luna-Account-Id`, in lower case.
 *
 * @throws LunaError 403 with LUNA's code 29001 where it is missing, 400 where it is no UUID
 */
export function accountIdOf(headers: IncomingHttpHeaders): string {
  const header = headers['luna-account-id'];
  if (header === undefined) {
    const detail = "Cannot subscribe for events without 'Luna-Account-Id' header set";
    throw new LunaError({ status: 403, errorCode: 29001, desc: 'Forbidden', detail });
  }
  const accountId = String(header).toLowerCase();
  if (!UUID.test(accountId)) {
    throw new LunaError({ status: 400, desc: 'Bad request', detail: "Header 'Luna-Account-Id' is not a UUID" });
  }
  return accountId;
}

/** The Redis channel of an account's events. */
export function channelOf(accountId: string): string {
  return `luna-sender:${accountId}`;
}
