/** What the client does. */
export type Wire = 'reads all' | 'leaves before the head' | 'leaves in mid-stream' | 'reads no body and leaves';

/** One request and what is expected of its points. */
export interface Case {
  readonly name: string;
  readonly method?: string;
  readonly path: string;
  readonly body?: string;
  readonly wire?: Wire;
  /** Without the method; a pair where Express 4 and 5 write patterns differently. */
  readonly resource: string | readonly [express4: string, express5: string];
  readonly status: number;
  /** Of the point in `errors`; the status where none is given. */
  readonly code?: string;
  /** Before router 2.3 a mount's pattern is not kept: what is told on 5.0 to 5.2 instead. */
  readonly readBack?: string;
}

const route = (name: string, path: string, resource: Case['resource'], more: Partial<Case> = {}): Case => ({
  name,
  path,
  resource,
  status: 200,
  ...more,
});

/** The table of cases: route, status and code of every kind of request. */
export const CASES: readonly Case[] = [
  route('the root', '/', '/'),
  route('a plain route', '/version', '/version'),
  route('a query', '/version?token=secret', '/version'),
  route('other letters than registered', '/VERSION', '/version'),
  route('a parameter', '/users/7', '/users/:id'),
  route('an encoded parameter', '/users/a%2Fb%20c', '/users/:id'),
  route('two parameters', '/users/7/posts/8', '/users/:id/posts/:post'),
  route('letters of both cases', '/mixed/x', '/Mixed/:Case'),
  route('a body', '/users', '/users', { method: 'POST', body: '{"a":1}', status: 201 }),
  route('a body that is no JSON', '/users', '/*', { method: 'POST', body: '{', status: 400 }),
  route('the first of several paths', '/array-a', ['/array-a,/array-b/:x', '/array-a']),
  route('the second of several paths', '/array-b/1', ['/array-a,/array-b/:x', '/array-b/:x']),
  route('a regular expression', '/regexp/42', '^\\/regexp\\/(\\d+)$'),
  route('a registered trailing slash', '/trailing/', '/trailing/'),
  route('a trailing slash of the request', '/users/7/', '/users/:id'),
  route('a parameter after a dot', '/file.txt', '/file.:ext'),
  route('two parameters in one segment', '/1-2/range', '/:from-:to/range'),
  route('app.all', '/any/1', '/any/:x', { method: 'PUT' }),
  route('several handlers', '/two-handlers/1', '/two-handlers/:x'),
  route('a second route after the first passed on', '/first/1', '/first/:y'),
  route('a route that passed on', '/pass/1', 'unmatched', { status: 404 }),
  route('next("route") and nothing after it', '/skip-route/1', 'unmatched', { status: 404 }),
  route('an answer that comes later', '/async/1', '/async/:x'),
  route('a handler that answers and goes on', '/answer-and-next/1', '/answer-and-next/:x'),
  route('an optional parameter that is there', '/maybe/1', ['/maybe/:x?', '/maybe{/:x}']),
  route('an optional parameter that is not', '/maybe', ['/maybe/:x?', '/maybe{/:x}']),
  route('a wildcard', '/wild/a/b/c', ['/wild/*', '/wild/*rest']),
  route('a guard that passed on', '/guard/a/b', 'unmatched', { status: 404 }),
  route('nothing', '/nothing/here', 'unmatched', { status: 404 }),
  route('nothing under another method', '/nothing', 'unmatched', { method: 'PROPFIND', status: 404 }),
  route('a known path under another method', '/version', 'unmatched', { method: 'DELETE', status: 404 }),
  route('a URL that cannot be decoded', '/users/%zz', 'unmatched', { status: 400 }),
  route('a parameter that is not found', '/param/missing', '/param/:user', { status: 404, code: 'USER_MISSING' }),
  route('a parameter that is found', '/param/1', '/param/:user'),
  route('an answer by a parameter', '/param-answers/1', '/param-answers/:answered', { status: 410 }),

  route('HEAD', '/users/7', '/users/:id', { method: 'HEAD' }),
  route('automatic OPTIONS', '/users/7', '/users/:id', { method: 'OPTIONS' }),
  route('OPTIONS of its own', '/own-options/1', '/own-options/:x', { method: 'OPTIONS', status: 204 }),
  route('automatic OPTIONS below two mounts', '/api/orgs/7/users/8', '/api/orgs/:org/users/:uid', {
    method: 'OPTIONS',
  }),
  route('automatic OPTIONS in a mounted application', '/admin/tenants/1/stats/2', '/admin/tenants/:tenant/stats/:day', {
    method: 'OPTIONS',
  }),
  route('OPTIONS of nothing', '/nothing/here', 'unmatched', { method: 'OPTIONS', status: 404 }),

  route("a mount's root", '/api', '/api'),
  route("a mount's root with a slash", '/api/', '/api'),
  route('a router', '/api/status', '/api/status'),
  route('a parameterised mount', '/api/orgs/7/users/8', '/api/orgs/:org/users/:uid'),
  route("a parameterised mount's root", '/api/orgs/7', '/api/orgs/:org'),
  route('a value like the text of the mount', '/api/orgs/orgs/users/api', '/api/orgs/:org/users/:uid'),
  route('an encoded value of a mount', '/api/orgs/%C3%A4%20b/users/8', '/api/orgs/:org/users/:uid'),
  route('one router at two mounts', '/api/other/7/users/8', '/api/other/:name/users/:uid'),
  route('parameters within a segment of a mount', '/api/pre-a.b/x', '/api/pre-:kind.:ext/x'),
  route('the first of several mounts', '/api/list-a/y', ['/api/list-a,/list-b/:x/y', '/api/list-a/y']),
  route('the second of several mounts', '/api/list-b/1/y', ['/api/list-a,/list-b/:x/y', '/api/list-b/:x/y']),
  route('an optional mount parameter', '/api/opt/1/end/2', ['/api/opt/:x?/end/:z', '/api/opt{/:x}/end/:z'], {
    readBack: '/api/opt/:x/end/:z',
  }),
  route('a mount that ends with a slash', '/slash/x', '/slash/x'),
  route('the root of a mount that ends with a slash', '/slash/', '/slash'),
  route('a router at the root', '/at-root/1', '/at-root/:x'),
  route('a regular expression as mount', '/v2/versioned/1', '^\\/(?:v1|v2)/versioned/:x', {
    readBack: '(regexp)/versioned/:x',
  }),
  route('an application in an application', '/admin/tenants/1/stats/2', '/admin/tenants/:tenant/stats/:day'),
  route("an application's root", '/admin/tenants/1', '/admin/tenants/:tenant'),
  route('a route of a mounted application', '/admin/own/1', '/admin/own/:x'),
  route('a router in itself', '/tree/a/b/leaf', '/tree/:branch/:branch/leaf'),
  route('a router that a handler chose', '/dynamic/1/chosen/2', '/dynamic/:version/chosen/:x'),
  route('a router as handler of a route', '/handler-router/1', '/handler-router/:inner'),
  route('nothing below a mount', '/api/orgs/7/nothing', 'unmatched', { status: 404 }),
  route('next("router")', '/api/orgs/7/leave/1', 'unmatched', { status: 404 }),

  route('a static file', '/static/hello.txt', '/static/*'),
  route('no such static file', '/static/missing.txt', 'unmatched', { status: 404 }),
  route('a static folder', '/static/folder', '/static/*', { status: 301 }),
  route('middleware that answers', '/answers/a/b', '/answers/*'),
  route('middleware that answers below mounts', '/api/orgs/7/secure/x', '/api/orgs/:org/secure/*', { status: 401 }),
  route('middleware that fails', '/fails/x', '/fails/*', { status: 500, code: 'MIDDLEWARE' }),

  route('a 404 of a middleware at the root', '/no-such-page', 'unmatched', { status: 404 }),
  route('an error of status 404 of a middleware at the root', '/no-such-error', 'unmatched', { status: 404 }),
  route('another answer of a middleware at the root', '/gone-page', '/*', { status: 410 }),
  route('a 404 of a middleware below a mount', '/proxy/x', '/proxy/*', { status: 404 }),

  route('res.sendFile', '/send-file/1', '/send-file/:x'),
  route('res.sendFile of a missing file', '/send-missing/1', '/send-missing/:x', { status: 404, code: 'ENOENT' }),
  route('res.download of a missing file', '/download-missing/1', '/download-missing/:x', {
    status: 404,
    code: 'ENOENT',
  }),
  route('res.render of a broken template', '/render-broken/1', '/render-broken/:x', { status: 500, code: 'TEMPLATE' }),
  route('res.format without a match', '/format-none/1', '/format-none/:x', { status: 406 }),
  route('req.next of an error below two mounts', '/api/orgs/7/send-missing/1', '/api/orgs/:org/send-missing/:x', {
    status: 404,
    code: 'ENOENT',
  }),

  route('a thrown error', '/throw/1', '/throw/:x', { status: 500 }),
  route('errorCode', '/throw-code/1', '/throw-code/:x', { status: 502, code: '12014' }),
  route('error_code', '/throw-snake/1', '/throw-snake/:x', { status: 400, code: '12015' }),
  route('a code that is a token', '/throw-token/1', '/throw-token/:x', { status: 503, code: 'ECONNREFUSED' }),
  route('a code that is a sentence', '/throw-words/1', '/throw-words/:x', { status: 503 }),
  route('an error that is text', '/throw-text/1', '/throw-text/:x', { status: 500 }),
  route("next(error), answered by the application's handler", '/next/1', '/next/:x', { status: 409, code: '7' }),
  route('a rejection', '/reject/1', '/reject/:x', { status: 500, code: 'REJECTED' }),
  route('a status without an error', '/set-status/1', '/set-status/:x', { status: 422 }),
  route('an error that a handler recovered from', '/recovered/1', '/recovered/:y'),
  route('an error that was answered with 200', '/handled-200/1', '/handled-200/:x'),
  route('an error that a handler replaced', '/replaced/1', '/replaced/:x', { status: 403, code: 'SECOND' }),
  route('an error below two mounts', '/api/orgs/7/throw/1', '/api/orgs/:org/throw/:x', { status: 500, code: 'DEEP' }),
  route("an error that the router's own handler answered", '/api/orgs/7/own-error/1', '/api/orgs/:org/own-error/:x', {
    status: 418,
    code: 'TEAPOT',
  }),
  route('a parameter that is not found below mounts', '/api/orgs/7/users/missing', '/api/orgs/:org/users/:uid', {
    status: 404,
    code: 'DEEP_MISSING',
  }),
  route('an error in a mounted application', '/admin/tenants/1/throw/2', '/admin/tenants/:tenant/throw/:x', {
    status: 500,
    code: 'SUB_APP',
  }),

  route('204', '/empty/1', '/empty/:x', { status: 204 }),
  route('304', '/cached/1', '/cached/:x', { status: 304 }),
  route('an interim answer', '/interim/1', '/interim/:x'),
  route('a stream', '/stream/1', '/stream/:x'),
  route('a compressed answer', '/compressed/1', '/compressed/:x'),
  route('a client that left before the head', '/never/1', '/never/:x', { status: 499, wire: 'leaves before the head' }),
  route('a client that left in mid-stream', '/half/1', '/half/:x', { status: 499, wire: 'leaves in mid-stream' }),
  route('res.destroy before the head', '/destroy/1', '/destroy/:x', { status: 499 }),
  route('res.destroy in mid-stream', '/destroy-half/1', '/destroy-half/:x', { status: 499 }),
  route("the connection's timeout", '/timeout/1', '/timeout/:x', { status: 499 }),
  route('a client that left while its body was still here', '/large/1', '/large/:x', {
    status: 499,
    wire: 'reads no body and leaves',
  }),
  route('a client that left in a file', '/large-file/1', '/large-file/:x', {
    status: 499,
    wire: 'reads no body and leaves',
  }),
  route('res.destroy while the body was still here', '/large-destroy/1', '/large-destroy/:x', { status: 499 }),
  route('an error in mid-stream', '/fail-half/1', '/fail-half/:x', { status: 499, code: 'HALF' }),
];
