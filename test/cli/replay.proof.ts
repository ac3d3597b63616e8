import { join } from 'node:path';
import { expect } from 'chai';
import { lineOf } from '../../src/recording/format.js';
import { genesys, inFolder } from '../config/folder.js';
import { event, header, participant } from '../recording/support/replayed.js';
import { cli, withCli, type Ended } from '../support/child.js';
import { eventually } from '../support/eventually.js';

const rules = `rules: [{ name: tier, when: conversation.started, set: { tier: "'gold'" } }]\n`;
const recording = lineOf(header) + lineOf(event(1, [participant('p1')]));

/** Replays a file of these lines; the folder's name is cut from the output. */
function replay(lines: string, words: readonly string[] = [], config = genesys + rules): Promise<Ended> {
  return inFolder({ 'c.yaml': config, 'r.ndjson': lines }, async (folder) => {
    const { code, stdout, stderr } = await cli(['replay', join(folder, 'r.ndjson'), '-c', join(folder, 'c.yaml'), ...words]);
    return { code, stdout: stdout.replaceAll(`${folder}/`, ''), stderr: stderr.replaceAll(`${folder}/`, '') };
  });
}

describe('attributed replay', () => {
  it('prints what the rules would have written, and needs no secret', async () => {
    const { code, stdout, stderr } = await replay(recording);
    expect(code).to.equal(0);
    expect(stdout)
      .to.include('\nconversation c1\n  tier: held 1 of 1 time, 1 wish\n    00:00:00.001  customer p1: tier\n')
      .and.not.include('gold');
    expect(stderr).to.match(/^replayed 1 line in [0-9.]+ m?s\n$/);
  });

  it('prints one JSON document with --json, and values with --values', async () => {
    const { code, stdout } = await replay(recording, ['--json', '--values', '--speed', '50']);
    expect(code).to.equal(0);
    expect(JSON.parse(stdout)).to.have.nested.property('conversations[0].rules[0].wishes[0].attributes.tier', 'gold');
  });

  it('goes on after a broken line, and names it', async () => {
    const { code, stdout } = await replay(`${lineOf(header)}oops\n${lineOf(event(1, [participant('p1')]))}`);
    expect(code).to.equal(0);
    expect(stdout).to.include('  broken lines   1: line 2 (not JSON)\n').and.include('customer p1: tier');
  });

  it('ends with 1 and one line on a file that is no recording', async () => {
    expect(await replay('')).to.deep.equal({ code: 1, stdout: '', stderr: 'attributed: r.ndjson is empty: it is no recording\n' });
    const { code, stderr } = await replay(lineOf(header).replace('"format":1', '"format":2'));
    expect({ code, stderr }).to.deep.equal({
      code: 1,
      stderr: 'attributed: r.ndjson is of format 2, written by attributed 1.2.3; this version reads format 1: use a newer attributed\n',
    });
  }).timeout(60_000);

  it('ends with 78 on a broken config', async () => {
    const { code, stdout, stderr } = await replay(recording, [], `${genesys}rules: 7\n`);
    expect({ code, stdout }).to.deep.equal({ code: 78, stdout: '' });
    expect(stderr).to.match(/^c\.yaml:5:8 rules: .*\n$/);
  });

  it('ends with 78 where the headers of its lookups cannot be read, if it asks them', async () => {
    const config = `${genesys}lookups: { crm: { url: 'http://127.0.0.1:1/{ani}', headersFile: '%d/headers' } }\n`;
    expect(await replay(recording, [], config)).to.include({ code: 0 });
    const { code, stderr } = await replay(recording, ['--lookups'], config);
    expect(code).to.equal(78);
    expect(stderr).to.match(/^attributed: lookups\.crm\.headersFile: "%d\/headers" exists only inside the systemd unit .*\n$/);
  }).timeout(60_000);

  it('ends early on SIGINT, with the report so far', () =>
    inFolder({ 'c.yaml': genesys + rules, 'r.ndjson': recording + lineOf(event(600_000, [participant('p1')])) }, (folder) =>
      withCli(['replay', join(folder, 'r.ndjson'), '-c', join(folder, 'c.yaml'), '--speed', '1', '--json'], async (running) => {
        await eventually('it replays', () => running.stderr === 'replaying at speed 1, Ctrl-C ends it with the report so far\n');
        running.kill('SIGINT');
        const { code, stdout } = await running.ended;
        expect(code).to.equal(0);
        const { recording: told } = JSON.parse(stdout) as { recording: { lines: number } };
        expect(told.lines).to.be.below(2);
      }),
    ));
});
