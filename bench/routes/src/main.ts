import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { CASES, type Case } from '../../../packages/express/test/support/cases.ts';
import { expectedOf, faultOf } from './judge.ts';
import { PEERS, type Peer, type Told } from './peers.ts';

const CHILD = fileURLToPath(new URL('child.ts', import.meta.url));
const EXPRESSES = [
  { name: 'express', major: 5 },
  { name: 'express-4', major: 4 },
] as const;

interface Report {
  readonly crashes: readonly string[];
  readonly results: readonly (readonly Told[])[];
}

interface Column {
  /** Errors that would have ended the process. */
  readonly crashes: readonly string[];
  readonly peer: Peer;
  /** By case: what is wrong, `undefined` where it is right. */
  readonly faults: readonly (string | undefined)[];
}

const require = createRequire(import.meta.url);
const sections = EXPRESSES.map(({ major, name }) => {
  const columns = PEERS.map((peer) => runPeer(peer, name, major));
  return { columns, major, version: versionOf(name) };
});
const page = [introduction(), ...sections.map(summaryOf), ...sections.map(tableOf)].join('\n\n');
writeFileSync(new URL('../RESULTS.md', import.meta.url), `${page}\n`);
process.stdout.write(`${page}\n`);

function runPeer(peer: Peer, express: string, major: 4 | 5): Column {
  process.stderr.write(`${peer.name} on ${express} …\n`);
  const childArguments = ['--conditions=@influx-monitoring/source', '--import', 'tsx', CHILD, peer.name, express];
  const output = execFileSync(process.execPath, childArguments, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  // The last line is the child's, of the records of each case; what a peer prints comes before.
  const { crashes, results } = JSON.parse(output.slice(output.lastIndexOf('\n{'))) as Report;
  return { crashes, faults: CASES.map((each, index) => faultOf(expectedOf(each, major), results[index] ?? [])), peer };
}

function introduction(): string {
  return `# Who names which request right

${String(CASES.length)} requests (the table of \`packages/express/test/support/cases.ts\`) over one application, one after another, on Node
${process.version}. Right is one record with the method, the status and the route as registered, in whatever notation
(\`src/judge.ts\` says how much is let pass); for a response that did not finish, any status that is no success.
\`npm run bench:routes\` writes this page. A cell of the long tables says what was told instead.

The table is ours, made to hold what goes wrong in services, so read the rows and not only the sums: most of its parameters
are numbers, which helps those that mask numbers in the URL, and one of its routers is mounted in itself, which is rare.`;
}

function summaryOf({ columns, version }: { columns: readonly Column[]; version: string }): string {
  const rows = columns.map(({ faults, peer }) => {
    const right = (select: (each: Case) => boolean) => {
      const chosen = CASES.map((each, index) => ({ each, fault: faults[index] })).filter(({ each }) => select(each));
      return `${String(chosen.filter(({ fault }) => fault === undefined).length)} / ${String(chosen.length)}`;
    };
    const isFailing = ({ code, name, status }: Case) =>
      status >= 400 && status !== 499 && (code !== undefined || name.includes('error'));
    const isUnmatched = ({ resource, status }: Case) => resource === 'unmatched' && status !== 499;
    const cells = [
      right(() => true),
      right(({ status }) => status < 400),
      right(isUnmatched),
      right((each) => isFailing(each) && !isUnmatched(each)),
      right(({ status }) => status === 499),
    ];
    return `| ${peer.name} | ${peer.packages.map(versionOf).join(', ')} | ${cells.join(' | ')} |`;
  });
  return [
    `## On Express ${version}`,
    '',
    '| | version | all | answered | unmatched | failed | not finished |',
    '| --- | --- | --- | --- | --- | --- | --- |',
    ...rows,
    ...columns
      .filter(({ crashes }) => crashes.length > 0)
      .map(
        ({ crashes, peer }) =>
          `\n${peer.name} threw where nobody can catch it, which ends a process that does not listen for it: ${[...new Set(crashes)].join('; ')}.`,
      ),
  ].join('\n');
}

function tableOf({ columns, major, version }: { columns: readonly Column[]; major: 4 | 5; version: string }): string {
  const rows = CASES.map((each, index) => {
    const { method, resource, status } = expectedOf(each, major);
    const cells = columns.map(({ faults }) => cellText(faults[index] ?? '✓'));
    return `| ${cellText(each.name)} | \`${cellText(`${method}:${resource}`)}\` ${String(status)} | ${cells.join(' | ')} |`;
  });
  return [
    `## Each request on Express ${version}`,
    '',
    `| request | expected | ${columns.map(({ peer }) => peer.name).join(' | ')} |`,
    `| --- | --- |${' --- |'.repeat(columns.length)}`,
    ...rows,
  ].join('\n');
}

function cellText(text: string): string {
  return text.replaceAll('|', '\\|');
}

function versionOf(name: string): string {
  const file = require.resolve.paths(name)?.map((folder) => `${folder}/${name}/package.json`) ?? [];
  for (const each of file) {
    try {
      // Every package has a version.
      return (JSON.parse(readFileSync(each, 'utf8')) as { version: string }).version;
    } catch {
      continue;
    }
  }
  return 'unknown';
}
